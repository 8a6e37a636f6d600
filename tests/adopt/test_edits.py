"""Every way to start the SDK becomes `init_sentry()` in its place, and each file still compiles."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import pytest
from support.history import start_repository

from fastapi_sentry.adopt.change import Changes, carried_of, change, read_inits, undecodable
from fastapi_sentry.adopt.find import First, find

MAIN: Final = "from app import tracking\nfrom fastapi import FastAPI\n\napp = FastAPI()\n"

FORMS: Final = [
    ("import sentry_sdk\n", "sentry_sdk.init(dsn=DSN)", "init_sentry()"),
    ("import sentry_sdk as sentry\n", "sentry.init(DSN)", "init_sentry()"),
    ("import sentry_sdk\n", "sentry_sdk.init(DSN); KEEP = 1", "init_sentry(); KEEP = 1"),
    ("import sentry_sdk\n", "client = sentry_sdk.init(DSN)", "client = init_sentry()"),
    ("import sentry_sdk\n", "client: object = sentry_sdk.init(DSN)", "client: object = init_sentry()"),
    ("import sentry_sdk\n", "client, other = sentry_sdk.init(DSN), 1", "client, other = init_sentry(), 1"),
    ("import sentry_sdk\n", "(client := sentry_sdk.init(DSN))", "(client := init_sentry())"),
    ("import sentry_sdk\n", "DSN and sentry_sdk.init(DSN)", "DSN and init_sentry()"),
    ("import sentry_sdk\n", "DSN or sentry_sdk.init(DSN)", "DSN or init_sentry()"),
    ("import sentry_sdk\n", "sentry_sdk.init(DSN) if DSN else None", "init_sentry() if DSN else None"),
    ("import sentry_sdk\n", "if DSN: sentry_sdk.init(DSN)\nelse: KEEP = 1", "if DSN: init_sentry()\nelse: KEEP = 1"),
    ("import sentry_sdk\n", "def start(): return sentry_sdk.init(DSN)", "def start(): return init_sentry()"),
    ("import sentry_sdk\n", "start = lambda: sentry_sdk.init(DSN)", "start = lambda: init_sentry()"),
    ("import sentry_sdk\n", "[sentry_sdk.init(one) for one in DSN]", "[init_sentry() for one in DSN]"),
    ("import sentry_sdk\n", "print(sentry_sdk.init(DSN))", "print(init_sentry())"),
    ("import sentry_sdk\n", "async def start():\n    sentry_sdk.init(DSN)", "async def start():\n    init_sentry()"),
    (
        "import sentry_sdk\n",
        "with sentry_sdk.init(DSN):\n    KEEP = 1",
        "with nullcontext(init_sentry()):\n    KEEP = 1",
    ),
    ("import sentry_sdk\n", "start = sentry_sdk.init", "start = lambda *_, **__: init_sentry()"),
    (
        "import sentry_sdk\n",
        "start = sentry_sdk.init\nstart(DSN)",
        "start = lambda *_, **__: init_sentry()\ninit_sentry()",
    ),
    ("import sentry_sdk\n", "run(sentry_sdk.init, dsn=DSN)", "run(lambda *_, **__: init_sentry(), dsn=DSN)"),
    ("import sentry_sdk\n", "sentry_sdk.init(**OPTIONS)", "init_sentry()"),
    ("import sentry_sdk\n", "getattr(sentry_sdk, 'init')(DSN)", "init_sentry()"),
    ("import sentry_sdk\n", "sentry_sdk.api.init(DSN)", "init_sentry()"),
    ("import sentry_sdk\n", "class A:\n    sdk = sentry_sdk.init(DSN)", "class A:\n    sdk = init_sentry()"),
    (
        "import sentry_sdk\n",
        "try:\n    sentry_sdk.init(DSN)\nexcept Exception:\n    pass",
        "try:\n    init_sentry()\nexcept Exception:\n    pass",
    ),
    ("import sentry_sdk\nfrom functools import partial\n", "partial(sentry_sdk.init, DSN)()", "init_sentry()"),
    ("from sentry_sdk import init\n", "init(DSN)", "init_sentry()"),
    ("from sentry_sdk import init as begin\n", "begin(DSN)", "init_sentry()"),
    ("from sentry_sdk.api import init\n", "init(DSN)", "init_sentry()"),
    ("from sentry_sdk import *\n", "init(DSN)", "init_sentry()"),
    ("import importlib\n", "importlib.import_module('sentry_sdk').init(DSN)", "init_sentry()"),
    ("", "__import__('sentry_sdk').init(DSN)", "init_sentry()"),
    ("from app.vendor import sentry_sdk\n", "sentry_sdk.init(DSN)", "init_sentry()"),
    ("from app.vendor import begin\n", "begin(DSN)", "init_sentry()"),
    ("from . import vendor\n", "vendor.begin(DSN)", "init_sentry()"),
    ("from safir.sentry import initialize_sentry\n", "initialize_sentry(release=DSN)", "init_sentry()"),
    (
        "from sentry_sdk import Client, Hub\n",
        "hub = Hub(Client(DSN))",
        "hub = Hub(init_sentry() or sentry_sdk.get_client())",
    ),
    (
        "import sentry_sdk\n",
        "class Tracker:\n    def __init__(self):\n        self.sdk = sentry_sdk\n        self.sdk.init(DSN)",
        "class Tracker:\n    def __init__(self):\n        self.sdk = sentry_sdk\n        init_sentry()",
    ),
    (
        "",
        "class Tracker:\n    import sentry_sdk as sdk\n    def start(self):\n        self.sdk.init(DSN)",
        "def start(self):\n        init_sentry()",
    ),
    (
        "",
        "class Tracker:\n    @property\n    def sdk(self):\n        import sentry_sdk\n        return sentry_sdk\n"
        "    def start(self):\n        self.sdk.init(DSN)",
        "def start(self):\n        init_sentry()",
    ),
    (
        "import importlib\n",
        "def sdk():\n    return importlib.import_module('sentry_sdk')\nfound = sdk()\nfound.init(DSN)",
        "found = sdk()\ninit_sentry()",
    ),
    ("from app.vendor import sdk\n", "sdk().init(DSN)", "init_sentry()"),
    (
        "import sentry_sdk\n",
        "class Base:\n    sdk = sentry_sdk\nclass A(Base):\n    def start(self): self.sdk.init(DSN)",
        "def start(self): init_sentry()",
    ),
    (
        "import sentry_sdk\n",
        "pool = Pool(2, initializer=sentry_sdk.init, initargs=(DSN,))",
        "pool = Pool(2, initializer=init_sentry)",
    ),
    ("import sentry_sdk\n", "globals()['sentry_sdk'].init(DSN)", "init_sentry()"),
    (
        "import sentry_sdk\nfrom dependency_injector import providers\n",
        "client = providers.Singleton(sentry_sdk.Client, dsn=DSN)",
        "providers.Singleton(lambda *_, **__: init_sentry() or sentry_sdk.get_client(), dsn=DSN)",
    ),
    (
        "from celery import signals\nimport sentry_sdk\n",
        "@signals.worker_process_init.connect\ndef start(**_):\n    sentry_sdk.init(DSN)",
        "def start(**_):\n    init_sentry()",
    ),
    ("import sentry_sdk\n", "@traced(sentry_sdk.init(DSN))\nclass A: ...", "@traced(init_sentry())\nclass A: ..."),
    (
        "try:\n    import sentry_sdk\nexcept ImportError:\n    sentry_sdk = None\n",
        "sentry_sdk.init(*DSN)",
        "init_sentry()",
    ),
]
"""Imports, code, and the code after adoption."""

KEPT: Final = [
    ("import sentry_sdk\n", "sentry_sdk.capture_message('x')"),
    ("import sentry_sdk\n", "text = 'sentry_sdk.init(DSN)'"),
    ("import sentry_sdk\n", "def f(sentry_sdk):\n    sentry_sdk.init(1)"),
    ("import colorama as sentry\n", "sentry.init()"),
    ("", "def init(): ...\ninit()"),
    ("from app.sentry_tags import init\n", "init()"),
]
"""What isn't a call of the SDK's `init`."""


def adopted(root: Path, files: dict[str, str]) -> Changes:
    """Work out the edits of a service whose layer would be `app.sentry`."""
    for path, text in {"app/__init__.py": "", "app/main.py": MAIN, **files}.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
    start_repository(root, "As it was")
    service = find(root, choose=First())
    inits, edited, texts = read_inits(service)
    return change(service, inits=inits, edited=edited, texts=texts, carried=carried_of(service, inits))


def after(changes: Changes, path: str) -> str:
    return next((text.now for text in changes.texts if text.shown == path), "")


VENDOR: Final = """import sentry_sdk
from sentry_sdk import init as begin


def sdk():
    return sentry_sdk
"""

WHOLE: Final = {
    "the import of the layer takes the place of the SDK's": (
        "import sentry_sdk\n\n\nclass A:\n    sdk = sentry_sdk.init(1)\n",
        "from app.sentry import init_sentry\n\n\nclass A:\n    sdk = init_sentry()\n",
    ),
    "a comment above the call stays there": (
        "import sentry_sdk\n\n# Why.\nsentry_sdk.init(  # one\n    1,\n)  # two\n# Then.\n",
        "from app.sentry import init_sentry\n\n# Why.\ninit_sentry()  # two\n# Then.\n",
    ),
    "a comment above a statement that goes stays": (
        "from sentry_sdk.integrations.asgi import SentryAsgiMiddleware\n\n\ndef wrap(app):\n"
        "    # Why.\n    app = SentryAsgiMiddleware(app)\n    return app\n",
        "\n\ndef wrap(app):\n    # Why.\n    return app\n".lstrip("\n"),
    ),
    "and so where nothing else is in the block": (
        "from sentry_sdk.integrations.asgi import SentryAsgiMiddleware\n\nif app:\n"
        "    # Why.\n    app = SentryAsgiMiddleware(app)\n",
        "if app:\n    # Why.\n    pass\n",
    ),
    "an import comes before the statements on the line of the last one": (
        "import os; import sentry_sdk; sentry_sdk.init(1); KEEP = 1\n",
        "from app.sentry import init_sentry\nimport os; init_sentry(); KEEP = 1\n",
    ),
    "code directly after the imports is set apart": (
        "import os\nimport sentry_sdk\nsentry_sdk.init(1)\nsentry_sdk.set_tag('a', 1)\n",
        "import os\nimport sentry_sdk\n\nfrom app.sentry import init_sentry\n\n"
        "init_sentry()\nsentry_sdk.set_tag('a', 1)\n",
    ),
    "an import that is there is extended": (
        "from contextlib import ExitStack\nimport sentry_sdk\n\nwith sentry_sdk.init(1):\n    pass\n",
        "from contextlib import ExitStack, nullcontext\n\nfrom app.sentry import init_sentry\n\n"
        "with nullcontext(init_sentry()):\n    pass\n",
    ),
    "the other names of an import stay as they are": (
        "from sentry_sdk import (  # one\n    capture_exception,  # two\n    init,  # three\n)\n\n"
        "init(1)\ncapture_exception()\n",
        "from sentry_sdk import (  # one\n    capture_exception,  # two\n)\n\n"
        "from app.sentry import init_sentry\n\ninit_sentry()\ncapture_exception()\n",
    ),
    "and so where the name that goes is the first": (
        "from sentry_sdk import (\n    init,\n    set_tag,\n    set_user\n)\n\ninit(1)\nset_tag(set_user)\n",
        "from sentry_sdk import (\n    set_tag,\n    set_user\n)\n\n"
        "from app.sentry import init_sentry\n\ninit_sentry()\nset_tag(set_user)\n",
    ),
    "tabs and form feeds stay": (
        "import sentry_sdk\n\x0c\ndef start():\n\tif 1:\n\t\tsentry_sdk.init(\n\t\t\t1,\n\t\t)\n\x0c\nX = 1\n",
        "from app.sentry import init_sentry\n\x0c\ndef start():\n\tif 1:\n\t\tinit_sentry()\n\x0c\nX = 1\n",
    ),
    "an import of another library goes, if only the call has used it": (
        "import structlog\nimport sentry_sdk\nfrom decouple import config\n\n"
        "sentry_sdk.init(config('A'))\nstructlog.start()\n",
        "import structlog\n\nfrom app.sentry import init_sentry\n\ninit_sentry()\nstructlog.start()\n",
    ),
    "an import of the service's own stays, because it may do something": (
        "import sentry_sdk\nfrom app import __version__, main\n\nsentry_sdk.init(1, release=__version__, debug=main)\n",
        "from app import main\nfrom app.sentry import init_sentry\n\ninit_sentry()\n",
    ),
    "a statement that goes leaves no blank line behind": (
        "from sentry_sdk.integrations.asgi import SentryAsgiMiddleware\n\n\n"
        "app.add(1)\napp.add_middleware(SentryAsgiMiddleware)\n\n\ndef run(): ...\n",
        "app.add(1)\n\n\ndef run(): ...\n",
    ),
    "line ends of both kinds stay": (
        "import sentry_sdk\r\nX = 1\nsentry_sdk.init(1)\nY = 1\r\n",
        "from app.sentry import init_sentry\r\n\r\nX = 1\ninit_sentry()\nY = 1\r\n",
    ),
}
"""A whole module, and the same after adoption."""


@pytest.mark.parametrize(("before", "expected"), WHOLE.values(), ids=WHOLE)
def test_the_whole_module(tmp_path: Path, before: str, expected: str) -> None:
    assert after(adopted(tmp_path, {"app/tracking.py": before}), "app/tracking.py") == expected


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("app/other.py", "from app.tracking import sentry_sdk\n"),
        ("app/other.py", "from .tracking import (\n    x,\n    sentry_sdk,\n)\n"),
        ("app/other.py", "from app import tracking\ntracking.sentry_sdk.flush()\n"),
        ("tests/test_a.py", "def test(mocker):\n    mocker.patch('app.tracking.sentry_sdk.init')\n"),
    ],
)
def test_an_import_that_others_use_stays(tmp_path: Path, path: str, code: str) -> None:
    files = {"app/tracking.py": "import os\nimport sentry_sdk\n\nx = 1\nsentry_sdk.init(os.getenv('A'))\n", path: code}

    text = after(adopted(tmp_path, files), "app/tracking.py")

    assert text == "import sentry_sdk\n\nfrom app.sentry import init_sentry\n\nx = 1\ninit_sentry()\n"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("import sentry_sdk\n", "sentry_sdk.init(1)"),
        ("from app.vendor import begin\n", "begin(1)"),
        ("from app.vendor import sdk\n", "sdk().init(1)"),
        ("", "import sentry_sdk as s\n        s.init(1)"),
        ("from safir.sentry import initialize_sentry\n", "initialize_sentry()"),
    ],
)
@pytest.mark.parametrize(
    "around", ["class A:\n    def start(self):\n", "class A:\n    sdk = 1\n    def start(self):\n"]
)
def test_a_long_class_is_read_where_it_matters(tmp_path: Path, head: str, body: str, around: str) -> None:
    filler = "".join(f"    def method_{number}(self):\n        return {number}\n" for number in range(100))
    code = f"{head}{around}        {body}\n{filler}"

    text = after(adopted(tmp_path, {"app/tracking.py": code, "app/vendor.py": VENDOR}), "app/tracking.py")

    assert "    def start(self):\n        init_sentry()\n" in text.replace("        import sentry_sdk as s\n", "")


@pytest.mark.parametrize("body", ["sentry_sdk.init(1)", "from app.vendor import begin\n    begin(1)"])
def test_a_long_function_is_read_where_it_matters(tmp_path: Path, body: str) -> None:
    code = "import sentry_sdk\ndef start():\n" + "    x = 1\n" * 100 + f"    {body}\n"

    text = after(adopted(tmp_path, {"app/tracking.py": code, "app/vendor.py": VENDOR}), "app/tracking.py")

    assert text.endswith("    init_sentry()\n")


def test_a_module_in_the_syntax_of_a_later_python_imports_the_layer_first(tmp_path: Path) -> None:
    code = '"""Later."""\nimport sentry_sdk\nsentry_sdk.init(1)\nmatch x:\n    case 1 if (lambda: 1) : pass\n'
    if sys.version_info < (3, 12):
        code += "type A = int\n"
    elif sys.version_info < (3, 14):
        code += "try:\n    pass\nexcept ValueError, KeyError:\n    pass\n"

    text = after(adopted(tmp_path, {"app/tracking.py": code}), "app/tracking.py")

    assert text.startswith('"""Later."""\nfrom app.sentry import init_sentry\n')
    assert "\ninit_sentry()\n" in text


def test_a_lambda_for_a_stored_init_does_not_displease_the_linter(tmp_path: Path) -> None:
    files = {"ruff.toml": "", "app/tracking.py": "import sentry_sdk\nstart = sentry_sdk.init\n"}

    text = after(adopted(tmp_path, files), "app/tracking.py")

    assert text.endswith("start = lambda *_, **__: init_sentry()  # noqa: E731\n")


def test_a_subclass_of_the_middleware_goes_and_is_named(tmp_path: Path) -> None:
    code = (
        "from sentry_sdk.integrations.asgi import SentryAsgiMiddleware\n\n\n"
        "class Patched(SentryAsgiMiddleware): ...\n\n\napp = Patched(app)\n"
    )

    changes = adopted(tmp_path, {"app/tracking.py": code})

    assert "Patched(app)" not in after(changes, "app/tracking.py")
    assert changes.steps[0].startswith("app/tracking.py: Patched is a middleware of the SDK and no longer used.")


def test_every_way_to_start_the_sdk_is_replaced(tmp_path: Path) -> None:
    """One service with a module for each of them."""
    files = {f"app/form_{number}.py": f"{imports}\n{code}\n" for number, (imports, code, _) in enumerate(FORMS)}

    changes = adopted(tmp_path, {**files, "app/vendor.py": VENDOR})

    found = {}
    for number, (_, _, expected) in enumerate(FORMS):
        text = after(changes, f"app/form_{number}.py")
        compile(text, f"form {number}", "exec")
        assert "from app.sentry import init_sentry\n" in text, FORMS[number]
        found[number] = expected in text
    assert [FORMS[number] for number, holds in found.items() if not holds] == []


def test_the_result_of_init_that_is_entered_later_stays_a_context_manager(tmp_path: Path) -> None:
    code = "import sentry_sdk\nguard = sentry_sdk.init(1)\nwith guard:\n    pass\n"

    text = after(adopted(tmp_path, {"app/tracking.py": code}), "app/tracking.py")

    assert "guard = nullcontext(init_sentry())" in text


def test_what_is_not_the_init_of_the_sdk_stays(tmp_path: Path) -> None:
    files = {f"app/kept_{number}.py": f"{imports}\n{code}\n" for number, (imports, code) in enumerate(KEPT)}
    files["app/sentry_tags.py"] = "def init(): ...\n"

    changes = adopted(tmp_path, files)

    assert [text.shown for text in changes.changed if text.shown in files] == []


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("if DSN:\n    app.add_middleware(SentryAsgiMiddleware)\n", "if DSN:\n    pass\n"),
        (
            "if DSN:\n    sentry_sdk.init(DSN)\n    app.add_middleware(SentryAsgiMiddleware)\n",
            "if DSN:\n    init_sentry()\n",
        ),
        ("app = SentryAsgiMiddleware(app)\nKEEP = 1\n", "KEEP = 1\n"),
        ("wrapped = SentryAsgiMiddleware(app)\n", "wrapped = app\n"),
        ("def make():\n    return SentryAsgiMiddleware(app=app)\n", "def make():\n    return app\n"),
        ("run(SentryAsgiMiddleware(app))\n", "run(app)\n"),
        ("middleware = [Middleware(SentryAsgiMiddleware), Middleware(Gzip)]\n", "middleware = [Middleware(Gzip)]\n"),
    ],
)
def test_the_middleware_of_the_sdk_goes(tmp_path: Path, before: str, expected: str) -> None:
    imports = "import sentry_sdk\nfrom sentry_sdk.integrations.asgi import SentryAsgiMiddleware\n\n"

    text = after(adopted(tmp_path, {"app/tracking.py": imports + before}), "app/tracking.py")

    assert text.endswith(expected)
    assert "SentryAsgiMiddleware" not in text


@pytest.mark.parametrize(
    ("main", "begin"),
    [
        pytest.param(
            '"""Orders."""\n\nfrom __future__ import annotations\n\nimport fastapi\n',
            '"""Orders."""\n\nfrom __future__ import annotations\n\n'
            "from app.sentry import init_sentry\n\ninit_sentry()\n\nimport fastapi\n",
            id="docstring and future",
        ),
        pytest.param(
            "#!/usr/bin/env python\nimport fastapi\n",
            "#!/usr/bin/env python\nfrom app.sentry import init_sentry\n\ninit_sentry()\n\nimport fastapi\n",
            id="shebang",
        ),
        pytest.param(
            "from dotenv import load_dotenv\nload_dotenv()\nimport fastapi\n",
            "from dotenv import load_dotenv\nload_dotenv()\n\n"
            "from app.sentry import init_sentry\n\ninit_sentry()\n\nimport fastapi\n",
            id="load_dotenv before",
        ),
        pytest.param(
            "from app import settings\nimport fastapi\n",
            "from dotenv import load_dotenv\n\nfrom app.sentry import init_sentry\n\nload_dotenv()\ninit_sentry()\n\n"
            "from app import settings\nimport fastapi\n",
            id="load_dotenv in another module",
        ),
        pytest.param(
            "import os\nimport sys\nimport fastapi\nsys.path.insert(0, os.path.dirname(__file__))\nfrom app import x\n",
            "import os\nimport sys\nimport fastapi\nsys.path.insert(0, os.path.dirname(__file__))\n\n"
            "from app.sentry import init_sentry\n\ninit_sentry()\n\nfrom app import x\n",
            id="sys.path is set before",
        ),
        pytest.param(
            'import os\nos.environ.setdefault("ENV", "dev")\nimport fastapi\n',
            'import os\nos.environ.setdefault("ENV", "dev")\n\n'
            "from app.sentry import init_sentry\n\ninit_sentry()\n\nimport fastapi\n",
            id="a variable is set before",
        ),
        pytest.param(
            "import sentry_sdk\nimport fastapi\n\nX = 1\n\nsentry_sdk.init()\n\n\nclass A: ...\n\n\n",
            "from app.sentry import init_sentry\n\ninit_sentry()\n\nimport fastapi\n\nX = 1\n\n\nclass A: ...\n\n\n",
            id="the call that was there goes, and the larger gap stays",
        ),
    ],
)
def test_the_entry_point_starts_sentry_first(tmp_path: Path, main: str, begin: str) -> None:
    settings = {"app/settings.py": "from dotenv import load_dotenv\nload_dotenv()\n"} if "settings" in main else {}

    text = after(adopted(tmp_path, {"app/main.py": f"{main}app = fastapi.FastAPI()\n", **settings}), "app/main.py")

    assert text == f"{begin}app = fastapi.FastAPI()\n"
    again = adopted(tmp_path / "again", {"app/main.py": text, **settings})
    assert "app/main.py" not in [one.shown for one in again.changed]


def test_a_function_of_the_service_with_the_same_name_is_not_called_instead(tmp_path: Path) -> None:
    code = "import sentry_sdk\n\n\ndef init_sentry():\n    sentry_sdk.init(1)\n"

    text = after(adopted(tmp_path, {"app/tracking.py": code}), "app/tracking.py")

    assert "import init_sentry as start_sentry" in text
    assert "def init_sentry():\n    start_sentry()\n" in text


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_the_encoding_and_the_line_ends_stay(tmp_path: Path, newline: str, encoding: str) -> None:
    head = "# -*- coding: latin-1 -*-\n" if encoding == "latin-1" else ""
    code = f"{head}import sentry_sdk\n\nNAME = 'Zoë'\nsentry_sdk.init(1)\n".replace("\n", newline)
    (tmp_path / "app").mkdir()
    changes = adopted(tmp_path, {})
    del changes
    file = tmp_path / "app" / "tracking.py"
    file.write_bytes(code.encode(encoding))

    service = find(tmp_path, choose=First())
    _, _, texts = read_inits(service)
    for text in texts:
        text.write()

    written = file.read_bytes()
    assert written.decode(encoding).count("\r\n") == (written.decode(encoding).count("\n") if newline == "\r\n" else 0)
    assert f"NAME = 'Zoë'{newline}init_sentry(){newline}" in written.decode(encoding)
    assert written.startswith(b"\xef\xbb\xbf") is (encoding == "utf-8-sig")


def test_files_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "app" / "folder.py").mkdir(parents=True)
    (tmp_path / "app" / "folder.py" / "inside.py").write_text("x = 1\n")
    (tmp_path / "app" / ".#main.py").symlink_to("someone@nowhere")
    (tmp_path / "app" / "loop").symlink_to(tmp_path / "app")
    (tmp_path / "app" / "binary.py").write_bytes(b"sentry_sdk\0\xff")
    (tmp_path / "app" / "latin.py").write_bytes("import sentry_sdk  # Zoë\n".encode("latin-1"))
    (tmp_path / ".gitignore").write_bytes("# Zoë\n".encode("latin-1"))
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "conftest.py").write_bytes("# Zoë\n".encode("latin-1"))

    changes = adopted(
        tmp_path,
        {
            "app/tracking.py": "import sentry_sdk\nsentry_sdk.init(1)\n",
            "app/{{ template }}.py": "import sentry_sdk\n{% if x %}\n",
            "app/old.py": "import sentry_sdk\nprint 'Python 2'\n",
        },
    )

    assert "init_sentry()" in after(changes, "app/tracking.py")
    assert b"# Zo\xeb\n" in (tmp_path / ".gitignore").read_bytes()


def test_a_file_of_another_folder_and_a_very_long_one_are_left_out_and_named(tmp_path: Path) -> None:
    root = tmp_path / "service"
    code = "import sentry_sdk\nsentry_sdk.init(1)\n"
    (root / "app").mkdir(parents=True)
    (tmp_path / "shared.py").write_text(code)
    (root / "app" / "shared.py").symlink_to(tmp_path / "shared.py")
    (root / "app" / "again.py").symlink_to(root / "app" / "tracking.py")
    (root / "app" / "generated.py").write_text("X = 1\n" * 700_000 + code)
    (root / "app" / "data.py").write_text("X = 1\n" * 700_000)
    notebook = '{"cells": [{"source": ["import sentry_sdk", "sentry_sdk.init(1)"]}]}'

    changes = adopted(root, {"app/tracking.py": code, "notebooks/a.ipynb": notebook})
    changes.write()

    service = find(root, choose=First())
    assert [*undecodable(service)] == ["app/generated.py", "app/shared.py"]
    assert (tmp_path / "shared.py").read_text() == code
    assert (root / "app" / "again.py").is_symlink()
    assert [init.place for init in changes.inits] == ["app/tracking.py:2"]
    assert changes.steps[0].startswith("notebooks/a.ipynb starts Sentry in a notebook")


def test_modules_that_import_one_another_take_no_time(tmp_path: Path) -> None:
    names = [f"m{number}" for number in range(40)]
    files = {
        f"app/{name}.py": "import sentry_sdk\n" + "".join(f"from app.{other} import x{other}\n" for other in names)
        for name in names
    }

    changes = adopted(tmp_path, {**files, "app/tracking.py": "import sentry_sdk\nsentry_sdk.init(1)\n"})

    assert [init.place for init in changes.inits] == ["app/tracking.py:2"]


def test_a_script_outside_of_the_package_finds_the_layer(tmp_path: Path) -> None:
    script = "import sentry_sdk\n\nsentry_sdk.init(1)\n1 / 0\n"

    text = after(adopted(tmp_path, {"scripts/nightly.py": script}), "scripts/nightly.py")

    assert "sys.path.append(str(Path(__file__).resolve().parents[1]))" in text
    assert text.index("sys.path.append") < text.index("from app.sentry import") < text.index("init_sentry()")


def test_a_member_of_the_workspace_is_left_alone_and_named(tmp_path: Path) -> None:
    pins = "[project]\nname = 'x'\ndependencies = ['fastapi', 'sentry-sdk<3']\n"
    files = {
        "pyproject.toml": pins,
        "common/pyproject.toml": pins,
        "common/common/__init__.py": "",
        "common/common/sentry.py": "import sentry_sdk\ndef start_sentry(level):\n    sentry_sdk.init(1)\n",
        "app/tracking.py": "from common.sentry import start_sentry\nstart_sentry(level=1)\n",
    }

    changes = adopted(tmp_path, files)

    # Its other users don't have the layer of this service.
    assert "\ninit_sentry()\n" in after(changes, "app/tracking.py")
    assert [text.shown for text in changes.changed if text.shown.startswith("common/")] == ["common/pyproject.toml"]
    assert changes.steps[0].startswith("common/common/sentry.py belongs to another project and starts Sentry itself.")
    [[started, level]] = changes.carried.becomes.values()
    assert started.option == "common.sentry.start_sentry"
    assert level.sentence == "lost: an argument of common.sentry.start_sentry()"


def test_the_tests_are_silent_and_import_os_once(tmp_path: Path) -> None:
    conftest = '"""Fixtures."""\n\nimport json\nimport os\n\nX = os.sep\n'

    text = after(adopted(tmp_path, {"tests/conftest.py": conftest, "tests/test_a.py": ""}), "tests/conftest.py")

    silent = 'import os\n\nos.environ["SENTRY_ENABLED"] = "false"\n'
    assert text == f'"""Fixtures."""\n\n{silent}\nimport json\n\nX = os.sep\n'


def test_the_layer_itself_is_not_replaced_later(tmp_path: Path) -> None:
    """Also in a folder that holds nothing else."""
    main = (
        "from monitoring.sentry import init_sentry\n\ninit_sentry()\nfrom fastapi import FastAPI\n\napp = FastAPI()\n"
    )
    (tmp_path / "monitoring" / "sentry").mkdir(parents=True)
    (tmp_path / "monitoring" / "sentry" / "__init__.py").touch()
    (tmp_path / "main.py").write_text(main, encoding="utf-8")
    start_repository(tmp_path, "Adopted")

    service = find(tmp_path, choose=First(), package_path="monitoring", app_import="main:app")

    assert read_inits(service)[0] == []


def test_a_test_that_replaces_init_is_named(tmp_path: Path) -> None:
    files = {
        "app/tracking.py": "import sentry_sdk\nsentry_sdk.init(1)\n",
        "tests/test_a.py": "def test(mocker):\n    mocker.patch('app.tracking.sentry_sdk.init').assert_called_once()\n",
        "tests/test_b.py": "def test(monkeypatch):\n    monkeypatch.setattr(sentry_sdk, 'init', print)\n",
        "tests/test_c.py": "def test(mocker):\n    mocker.patch('sentry_sdk.capture_message')\n",
    }

    steps = adopted(tmp_path, files).steps

    sentence = "replaces sentry_sdk.init(), which nothing calls any more. Replace init_sentry() instead."
    assert steps[:2] == [f"tests/test_a.py {sentence}", f"tests/test_b.py {sentence}"]
    assert not any("test_c" in step for step in steps)


def test_raven_is_named(tmp_path: Path) -> None:
    changes = adopted(tmp_path, {"app/tracking.py": "from raven import Client\n\nclient = Client('x')\n"})

    assert changes.steps[0].startswith("app/tracking.py uses Raven, which sends past the layer.")


def test_only_the_services_own_folder_is_read(tmp_path: Path) -> None:
    mail = "import sentry_sdk\nfrom fastapi import FastAPI\nsentry_sdk.init(1)\napp = FastAPI()\n"
    other = {"pyproject.toml": "[project]\nname = 'mail'\n", "mail/__init__.py": "", "mail/main.py": mail}
    for path, text in {**{f"mail/{name}": text for name, text in other.items()}}.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    orders = tmp_path / "orders"

    changes = adopted(
        orders, {"app/tracking.py": "import sentry_sdk\nsentry_sdk.init(1)\n", "requirements.txt": "fastapi\n"}
    )

    assert [init.place for init in changes.inits] == ["app/tracking.py:2"]
