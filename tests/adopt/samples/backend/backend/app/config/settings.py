from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    SENTRY_DSN: str | None = None
    ENV: str = "local"
    SENTRY_TRACES_SAMPLE_RATE: float = 0.5


settings = Settings()
