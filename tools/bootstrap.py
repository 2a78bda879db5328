"""Makes the environment: `python3.11 tools/bootstrap.py [--dev]`. Standard library only.

Creates .venv, installs exactly what the lock says, finds the CPU build of torch, installs the Rasa
bridge and compiles bytecode. Every step is skipped when it is already done, so the command can be
run again at any time and goes on where it stopped.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts" if os.name == "nt" else "bin") / "python"
DONE = VENV / "babeldesk.done"
TORCH = "torch==2.13.0"
# Millions of download bytes saved: the registry's default build carries GPU libraries.
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
UV = "uv>=0.9,<1"
NEEDED_BYTES = 4 * 10**9


class SetupError(Exception):
    """Something the user has to change; the text says what happened and what to do."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also install what the tests need")
    arguments = parser.parse_args()
    try:
        set_up(dev=arguments.dev)
    except SetupError as error:
        print(f"\nSet-up stopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nSet-up interrupted. Run the same command again; it goes on here.", file=sys.stderr)
        return 130
    return 0


def set_up(*, dev: bool) -> None:
    check_python()
    lock = ROOT / ("requirements-dev.lock" if dev else "requirements.lock")
    digest = state_digest(lock)
    if is_done(digest, dev=dev):
        return
    check_disk()
    started = time.monotonic()
    step("1/5", "Creating the environment (.venv)")
    create_environment()
    step("2/5", "Installing torch (CPU build)")
    install_torch()
    step("3/5", f"Installing {count(lock)} packages from {lock.name}")
    install_lock(lock)
    step("4/5", "Installing Babeldesk and the Rasa bridge")
    install_project()
    step("5/5", "Compiling bytecode (Rasa then starts in seconds)")
    compile_bytecode()
    DONE.write_text("\n".join([digest, "dev" if dev else "run"]) + "\n", encoding="utf-8")
    print(f"      Environment ready in {time.monotonic() - started:.0f} s", flush=True)


def step(number: str, text: str) -> None:
    print(f"[{number}] {text}", flush=True)


def check_python() -> None:
    if sys.version_info[:2] != (3, 11):
        found = ".".join(map(str, sys.version_info[:3]))
        raise SetupError(
            f"Babeldesk needs Python 3.11, this is {found}. Install Python 3.11 and run: "
            "make PYTHON=python3.11 run"
        )


def check_disk() -> None:
    free = shutil.disk_usage(ROOT).free
    if free < NEEDED_BYTES:
        raise SetupError(
            f"{free / 1e9:.1f} GB are free in {ROOT}, {NEEDED_BYTES / 1e9:.0f} GB are needed. "
            "Free some space and run the same command again."
        )


def state_digest(lock: Path) -> str:
    parts = [lock, ROOT / "pyproject.toml", Path(__file__)]
    return hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()


def is_done(digest: str, *, dev: bool) -> bool:
    if not (PYTHON.exists() and DONE.exists()):
        return False
    # The set-up with the test packages also serves to run; its lock has another digest.
    done = DONE.read_text(encoding="utf-8").split()
    if done[:1] == [digest]:
        return True
    return not dev and done == [state_digest(ROOT / "requirements-dev.lock"), "dev"]


def create_environment() -> None:
    if not PYTHON.exists():
        venv.create(VENV, with_pip=True, clear=VENV.exists())
    if not (PYTHON.parent / "uv").exists():
        run([str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV])


def uv_install(*arguments: str, check: bool = True) -> bool:
    command = [str(PYTHON.parent / "uv"), "pip", "install", "--quiet", "--python", str(PYTHON)]
    environment = dict(os.environ, UV_LINK_MODE=os.environ.get("UV_LINK_MODE", "copy"))
    # From elsewhere: in the checkout uv reads pyproject.toml, whose overrides are for making the
    # lock and would lift its pins, so that the first new release of any of them breaks the set-up.
    with tempfile.TemporaryDirectory() as elsewhere:
        return run(
            [*command, "--no-deps", *arguments],
            check=check,
            environment=environment,
            folder=elsewhere,
        )


def install_torch() -> None:
    """Takes the first CPU build there is: pip's configured links, PyTorch's index, the registry."""
    if has_torch():
        return
    links = pip_links()
    for link in links:
        if uv_install("--offline", "--find-links", link, TORCH, check=False) or uv_install(
            "--no-index", "--find-links", link, TORCH, check=False
        ):
            return
    if uv_install("--default-index", TORCH_CPU_INDEX, TORCH, check=False):
        return
    print("      PyTorch's CPU index was not reached; taking the registry's build", flush=True)
    uv_install(TORCH)


def has_torch() -> bool:
    code = "from importlib.metadata import version as v; print(v('torch').split('+')[0])"
    result = subprocess.run([str(PYTHON), "-c", code], capture_output=True, text=True, check=False)
    return result.stdout.strip() == TORCH.split("==")[1]


def pip_links() -> list[str]:
    """Gives the folders and pages that pip is configured to find packages at."""
    result = subprocess.run(
        [str(PYTHON), "-m", "pip", "config", "get", "global.find-links"],
        capture_output=True,
        text=True,
        check=False,
    )
    found = os.environ.get("PIP_FIND_LINKS", "").split() + result.stdout.split()
    return list(dict.fromkeys(found))


def install_lock(lock: Path) -> None:
    uv_install("--require-hashes", "-r", str(lock))


def install_project() -> None:
    # A path line instead of a build: nothing is copied, the checkout is the program.
    code = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
    site = Path(subprocess.check_output([str(PYTHON), "-c", code], text=True).strip())
    # Guarded, so that a removed checkout does not print an error at every interpreter start.
    hook = (
        "import importlib.util; importlib.util.find_spec('kb_index') "
        "and __import__('kb_index.st_alias', fromlist=['activate']).activate()"
    )
    (site / "babeldesk_checkout.pth").write_text(f"{ROOT}\n{hook}\n", encoding="utf-8")
    command = PYTHON.parent / "babeldesk"
    command.write_text(
        f"#!{PYTHON}\nimport sys\n\nfrom bot.cli import main\n\nsys.exit(main())\n",
        encoding="utf-8",
    )
    command.chmod(0o755)
    run([str(PYTHON), "-m", "bot.brain.rasa_bridge.install"])


def compile_bytecode() -> None:
    # A machine may forbid writing bytecode on import; then every start would pay 15 s.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    site = next((VENV / "lib").glob("python3*/site-packages"), VENV)
    packages = ["bot", "nlu", "kb_index", "actions", "handoff"]
    targets = [str(site), *(str(ROOT / package) for package in packages)]
    subprocess.run(
        [str(PYTHON), "-m", "compileall", "-q", "-j", "0", *targets],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,  # some packages ship templates that are not Python
    )


def count(lock: Path) -> int:
    return sum("==" in line for line in lock.read_text(encoding="utf-8").splitlines())


def run(
    command: list[str],
    *,
    check: bool = True,
    environment: dict[str, str] | None = None,
    folder: str | None = None,
) -> bool:
    result = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False
    )
    if result.returncode == 0:
        return True
    if not check:
        return False
    detail = (result.stderr or result.stdout).strip().splitlines()[-12:]
    hint = "" if is_online() else " There seems to be no network: connect and run it again."
    raise SetupError(f"`{' '.join(command[:6])} ...` failed.{hint}\n" + "\n".join(detail))


def is_online() -> bool:
    try:
        socket.getaddrinfo("pypi.org", 443)
    except OSError:
        # A mirror may still answer, so this only decides whether the hint is printed.
        return any(name in os.environ for name in ("PIP_INDEX_URL", "UV_INDEX_URL", "HTTPS_PROXY"))
    return True


if __name__ == "__main__":
    sys.exit(main())
