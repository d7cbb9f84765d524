"""A Docker engine for the tests of the images: one that runs already, or a private one that leaves no trace.

The private engine lives in namespaces of its own for processes, mounts and network. Its bridges, its firewall rules and
its forwarding are those of that network, which ends with the engine, however that ends; the machine's are never
touched. It reaches the world through slirp4netns, and what has to reach its published ports is started inside.
"""

import contextlib
import hashlib
import os
import platform
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import fasteners  # type: ignore[import-untyped]
import psutil

from launcher import processes, ui
from launcher.errors import LauncherError

SYSTEM_PACKAGES = ("iptables", "mmdebstrap", "runc", "slirp4netns", "tini")
"""Of the machine's own release. None of them starts anything."""
ENGINE_PACKAGES = ("containerd", "docker-buildx", "docker-cli", "docker-compose", "docker.io")
"""Of `DEBIAN`, unpacked into a folder and not installed: they need nothing but a C library."""
DEBIAN = "trixie"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
MIRROR = "http://deb.debian.org/debian"
START_TIMEOUT_S = 60.0
ADVICE = (
    "Start Docker with Compose and Buildx (Docker Desktop, or docker.com's packages) and try again. As root on Debian "
    "or Ubuntu a private engine is fetched instead."
)


@dataclass(frozen=True)
class Engine:
    """An engine that runs: `environment` leads the docker client to it, `inside` begins a command in its network."""

    environment: dict[str, str] = field(default_factory=dict)
    inside: tuple[str, ...] = ()

    def run(self, *arguments: str, timeout_s: float = 120.0) -> "subprocess.CompletedProcess[str]":
        """Run the docker client; return what it said and how it ended."""
        environment = {**os.environ, **self.environment}
        program = shutil.which("docker", path=environment["PATH"])
        if program is None:
            raise LauncherError("There is no docker client.", ADVICE)
        return subprocess.run(
            [program, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )


def cache_folder() -> Path:
    """Return the folder of the private engine and its images, which all checkouts of a user share."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sweetdream" / "engine"


@contextmanager
def engine() -> Iterator[Engine]:
    """Give an engine until the block ends.

    Raises:
        LauncherError: none runs and none can be had here; the message says how to get one.
    """
    running = Engine()
    if is_usable(running):
        yield running
        return
    if os.geteuid() != 0 or platform.system() != "Linux" or shutil.which("apt-get") is None:
        raise LauncherError("The images are tested with Docker, and none runs here.", ADVICE)
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with fasteners.InterProcessLock(folder / "lock"):  # a second run waits for the first
        with ui.step("Docker's programs"):
            _install_system_packages()
            programs = _unpacked(folder)
        with _private(folder, programs) as private:
            yield private


def is_usable(engine: Engine) -> bool:
    """Tell whether an engine answers, and builds and composes."""
    commands = (("info",), ("buildx", "version"), ("compose", "version"))
    with contextlib.suppress(LauncherError, subprocess.TimeoutExpired):
        return all(engine.run(*command, timeout_s=20).returncode == 0 for command in commands)
    return False


def _install_system_packages() -> None:
    missing = [name for name in SYSTEM_PACKAGES if _run(["dpkg-query", "-W", "-f=${Status}", name]) != _INSTALLED]
    if not missing:
        return
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    _run(["apt-get", "update", "-qq"])  # one of many sources may be down, and another has them
    _require(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing],
        f"{', '.join(missing)} could not be installed.",
        environment,
    )


_INSTALLED = "install ok installed"


def _unpacked(folder: Path) -> Path:
    """Return the folder with the engine's programs, fetched if they are not there yet."""
    target = folder / f"programs-{hashlib.blake2b(' '.join((DEBIAN, *ENGINE_PACKAGES)).encode()).hexdigest()[:12]}"
    if target.exists():
        return target
    if not KEYRING.exists():  # on Ubuntu
        _require(["apt-get", "install", "-y", "-qq", "debian-archive-keyring"], "Debian's keys could not be installed.")
    work, fresh = folder / "apt", folder / "programs.new"
    for place in (work, fresh):
        shutil.rmtree(place, ignore_errors=True)
    for name in ("lists/partial", "cache/archives/partial", "parts"):
        (work / name).mkdir(parents=True)
    (work / "sources.list").write_text(f"deb [signed-by={KEYRING}] {MIRROR} {DEBIAN} main\n")
    (work / "apt.conf").write_text(
        f'Dir::Etc::sourcelist "{work}/sources.list";\nDir::Etc::sourceparts "{work}/parts";\n'
        f'Dir::Etc::preferencesparts "{work}/parts";\nDir::State::lists "{work}/lists";\nDir::Cache "{work}/cache";\n'
        'APT::Sandbox::User "root";\n'
    )
    told = {"APT_CONFIG": str(work / "apt.conf")}
    _require(["apt-get", "update", "-qq"], "Debian's list of packages could not be fetched.", told)
    _require(["apt-get", "download", "-qq", *ENGINE_PACKAGES], "Docker's packages could not be fetched.", told, work)
    fresh.mkdir()
    for package in work.glob("*.deb"):
        _require(["dpkg", "-x", str(package), str(fresh)], f"{package.name} could not be unpacked.")
    shutil.rmtree(work)
    fresh.rename(target)
    return target


@contextmanager
def _private(folder: Path, programs: Path) -> Iterator[Engine]:
    """Run an engine in namespaces of its own until the block ends."""
    # Paths of sockets may have about a hundred characters.
    run = Path("/run") / f"sweetdream-{hashlib.blake2b(str(folder).encode()).hexdigest()[:8]}"
    shutil.rmtree(run, ignore_errors=True)
    run.mkdir(mode=0o700)
    (run / "config" / "cli-plugins").mkdir(parents=True)
    for plugin in (programs / "usr/libexec/docker/cli-plugins").iterdir():
        (run / "config" / "cli-plugins" / plugin.name).symlink_to(plugin)
    path = f"{programs}/usr/sbin:{programs}/usr/bin:{os.environ['PATH']}:/usr/sbin:/sbin"
    log = folder / "dockerd.log"
    command = [
        *("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation=private"),
        *("tini", "-s", "--", "dockerd", f"--data-root={folder}/data", f"--exec-root={run}/exec"),
        *(f"--pidfile={run}/pid", f"--host=unix://{run}/sock", "--dns=10.0.2.3"),
        *("--bip=172.29.0.1/16", "--default-address-pool=base=172.28.0.0/16,size=24"),
    ]
    started: list[subprocess.Popen[bytes]] = []
    try:
        with log.open("wb") as output:
            began = processes.spawn(command, output, {"PATH": path}, folder)
            started.append(began)
            namespace = _child(began)
            slirp = ["slirp4netns", "--configure", "--mtu=65520", "--disable-host-loopback", str(namespace), "tap0"]
            started.append(processes.spawn(slirp, output, {"PATH": path}, folder))
        engine = Engine(
            {"DOCKER_HOST": f"unix://{run}/sock", "DOCKER_CONFIG": str(run / "config"), "PATH": path},
            ("nsenter", f"--net=/proc/{namespace}/ns/net", "--"),
        )
        with ui.step("Docker"):
            _wait(engine, began, log)
        yield engine
    finally:
        # The first process of a namespace takes all others with it.
        processes.end(started)
        shutil.rmtree(run, ignore_errors=True)


def _child(parent: "subprocess.Popen[bytes]") -> int:
    """Return the process id of the first process inside the namespaces."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and parent.poll() is None:
        children = psutil.Process(parent.pid).children()
        if children:
            return children[0].pid
        time.sleep(0.02)
    raise LauncherError("A private Docker engine needs namespaces, which this machine does not grant.", ADVICE)


def _wait(engine: Engine, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not is_usable(engine):
        if process.poll() is not None or time.monotonic() > deadline:
            raise LauncherError("The private Docker engine does not start.", log.read_text(errors="replace")[-1500:])
        time.sleep(0.2)


def _run(command: Sequence[str]) -> str:
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False).stdout


def _require(
    command: Sequence[str], failed: str, environment: dict[str, str] | None = None, folder: Path | None = None
) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise LauncherError(failed, f"{(done.stdout + done.stderr).strip()[-800:]}\n{ADVICE}")
