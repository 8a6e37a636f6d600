"""Which application, package, and folder of imports are found, and whose files are set aside."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from support.history import start_repository

from fastapi_sentry.adopt.find import First, Service, find
from fastapi_sentry.adopt.sources import AdoptError

APP: Final = "from fastapi import FastAPI\n\napp = FastAPI()\n"
PROJECT: Final = "[project]\nname = 'x'\ndependencies = ['fastapi', 'sentry-sdk']\n"

LAYOUTS: Final = {
    "a command of a mock service doesn't rename the module": (
        {
            "backend/pyproject.toml": PROJECT,
            "backend/shop/main.py": f"from shop.settings import x\n{APP}",
            "backend/shop/settings.py": "x = 1\n",
            "backend/shop/__init__.py": "",
            "backend/tests/mock/Dockerfile": "CMD uvicorn main:app\n",
        },
        ("shop.main:app", "shop", "backend"),
    ),
    "a command in the folder of the module does": (
        {
            "Dockerfile": "WORKDIR /shop\nCMD uvicorn main:app\n",
            "shop/main.py": f"from settings import x\n{APP}",
            "shop/settings.py": "x = 1\n",
            "shop/__init__.py": "",
        },
        ("main:app", "shop/monitoring", "shop"),
    ),
    "fastapi run": (
        {
            "Makefile": "run:\n\tfastapi run orders/main.py --port 80\n",
            "orders/__init__.py": "",
            "orders/main.py": APP,
            "mail/__init__.py": "",
            "mail/main.py": APP,
        },
        ("orders.main:app", "orders", "."),
    ),
    "an application of a test or an example comes last": (
        {
            "tests/fixtures/shop/Dockerfile": "CMD uvicorn app:app\n",
            "tests/fixtures/shop/app.py": APP,
            "tests/fixtures/shop/requirements.txt": "fastapi\n",
            "server.py": APP,
        },
        ("server:app", "monitoring", "."),
    ),
    "an application that only exists when its module is started comes last": (
        {
            "shop/__init__.py": "",
            "shop/main.py": "from fastapi import FastAPI\nif __name__ == '__main__':\n    app = FastAPI()\n",
            "shop/web.py": APP,
        },
        ("shop.web:app", "shop", "."),
    ),
}
"""Files, and the application, the folder for the layer, and the folder that imports begin at."""


def found_in(root: Path, files: dict[str, str]) -> Service:
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    start_repository(root, "As it was")
    return find(root, choose=First())


@pytest.mark.parametrize(("files", "expected"), LAYOUTS.values(), ids=LAYOUTS)
def test_what_is_found(tmp_path: Path, files: dict[str, str], expected: tuple[str, str, str]) -> None:
    service = found_in(tmp_path, files)

    base = service.base.relative_to(tmp_path).as_posix()
    assert (service.app_import, service.package_path, base) == expected


def test_other_projects_in_a_folder_of_the_service_are_set_aside(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": PROJECT,
        "shop/__init__.py": "",
        "shop/main.py": f"{APP}import sentry_sdk\nsentry_sdk.init(1)\n",
        "shop/pyproject.toml": "[tool.ruff]\n",
        "common/pyproject.toml": PROJECT,
        "common/common/tracking.py": "import sentry_sdk\nsentry_sdk.init(1)\n",
        "docs/shop/setup.py": "x = 1\n",
    }

    service = found_in(tmp_path, files)

    assert service.beside == ["common/common/tracking.py", "common/pyproject.toml"]
    assert set(service.seen) == {"shop/__init__.py", "shop/main.py", "docs/shop/setup.py"}


OTHER_FRAMEWORKS: Final = {
    "a command starts it": {
        "Dockerfile": "CMD uvicorn shop.main:api\n",
        "shop/main.py": "from litestar import Litestar\napi = Litestar()\n",
    },
    "nothing starts it": {"shop/main.py": "from litestar import Litestar\napp = Litestar()\n"},
    "another module mentions FastAPI": {
        "Dockerfile": "CMD uvicorn shop.main:api\n",
        "shop/main.py": "from litestar import Litestar\napi = Litestar()  # no FastAPI\n",
        "shop/client.py": "# of a FastAPI service\n",
    },
}


@pytest.mark.parametrize("files", OTHER_FRAMEWORKS.values(), ids=OTHER_FRAMEWORKS)
def test_an_application_of_another_framework_is_none(tmp_path: Path, files: dict[str, str]) -> None:
    with pytest.raises(AdoptError, match=r"shop/main[.]py uses Litestar, which the layer doesn't support[.]$"):
        found_in(tmp_path, files)


def test_programs_that_use_nothing_of_the_service_are_set_aside(tmp_path: Path) -> None:
    start = "import sentry_sdk\nsentry_sdk.init(1)\n"
    files = {
        "deploy/admin/requirements.txt": "sentry-sdk==1.5\n",
        "deploy/api/requirements.txt": "fastapi\nsentry-sdk==1.5\n",
        "scripts/nightly.py": f"import requests\n{start}",
        "src/admin/core/settings.py": start,
        "src/admin/manage.py": "from core import settings\n",
        "src/api/core/settings.py": start,
        "src/api/main.py": f"from core import settings\n{APP}",
        "src/worker/main.py": f"from core import settings\n{start}",
    }

    service = found_in(tmp_path, files)

    assert service.beside == ["deploy/admin/requirements.txt", "src/admin/core/settings.py", "src/admin/manage.py"]
    assert "src/worker/main.py" in service.seen
    assert "scripts/nightly.py" in service.seen
