from pydantic import AnyUrl, BaseModel
from pydantic_settings import BaseSettings, SettingsConfigDict


class Monitoring(BaseModel):
    dsn: AnyUrl | None = None
    rate: float = 0.5


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ORDERS_", env_nested_delimiter="__")

    monitoring: Monitoring = Monitoring()


def get_settings() -> Settings:
    return Settings()
