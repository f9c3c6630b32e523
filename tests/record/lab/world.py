"""A private corner of this machine, and network namespaces in it.

`isolate()` re-runs the calling script inside new net, mount, pid, uts and ipc namespaces. PID 1 in there carries
systemd's command line and only waits; when the script ends, PID 1 ends and the kernel takes everything down, so
nothing has to be cleaned up by hand and nothing of the host (processes, names, mounts below /run) can be seen.

The net namespace in which the script starts is the NODE: `lsns`, `ip` and the rest need no prefix.
"""

import ctypes
import os
import subprocess
import sys

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
_MARK = "ENILENS_LAB_STATUS_FD"
SYSTEMD = "/usr/lib/systemd/systemd --switched-root --system --deserialize=32"


def _check(result, what):
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def setns(fd):
    _check(_libc.setns(fd, CLONE_NEWNET), "setns")


def isolate():
    """Returns inside the private corner; outside it never returns but exits with the inner status."""
    if _MARK in os.environ:
        _become_init()
        return
    read, write = os.pipe()
    environ = {"PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin") + ":/usr/sbin:/sbin",
               "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": "/root", _MARK: str(write)}
    argv = ["unshare", "--net", "--mount", "--pid", "--uts", "--ipc", "--fork", "--mount-proc", "--kill-child",
            sys.executable] + sys.argv
    child = subprocess.Popen(argv, env=environ, pass_fds=[write])
    os.close(write)
    status = os.read(read, 1)
    child.wait()
    sys.exit(status[0] if status else 2)


def _become_init():
    """Splits off PID 1. The lab goes on in a child; PID 1 sleeps on a pipe that closes when the lab is gone."""
    status_fd = int(os.environ.pop(_MARK))
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    os.makedirs("/run/netns")
    wait_read, wait_write = os.pipe()
    if os.fork() == 0:
        os.close(wait_read)
        os.set_inheritable(wait_write, False)
        _report_exit_status(status_fd)
        return
    os.close(wait_write)
    os.close(status_fd)
    os.dup2(wait_read, 0)
    os.execv("/bin/cat", [SYSTEMD])


def _report_exit_status(status_fd):
    """Runs the rest of the script in a child, so that its exit status can be handed out."""
    pid = os.fork()
    if pid == 0:
        os.close(status_fd)
        return
    _, status = os.waitpid(pid, 0)
    os.write(status_fd, bytes([os.waitstatus_to_exitcode(status) & 0xFF]))
    os._exit(0)


class Namespace:
    """A network namespace. `with ns:` makes the calling thread live in it."""

    def __init__(self, fd):
        self.fd = fd
        self._back = []

    @staticmethod
    def here():
        return Namespace(os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC))

    @staticmethod
    def new():
        """A namespace that no process lives in and no path names, so `lsns` and `ip netns` do not see it."""
        back = Namespace.here()
        _check(_libc.unshare(CLONE_NEWNET), "unshare")
        made = Namespace.here()
        setns(back.fd)
        os.close(back.fd)
        made.run("ip", "link", "set", "lo", "up")
        return made

    @property
    def path(self):
        return f"/proc/{os.getpid()}/fd/{self.fd}"

    def __enter__(self):
        self._back.append(Namespace.here())
        setns(self.fd)
        return self

    def __exit__(self, *_):
        back = self._back.pop()
        setns(back.fd)
        os.close(back.fd)

    def run(self, *argv, stdin=None, check=True):
        """Runs a command in here and returns what it printed on standard output."""
        with self:
            done = subprocess.run(list(map(str, argv)), input=stdin, capture_output=True, text=True)
        if check and done.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, argv))}: {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def both(self, *argv):
        """As `run`, but with standard error after standard output, as a terminal shows it; never fails."""
        with self:
            done = subprocess.run(list(map(str, argv)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.stdout

    def start(self, *argv, **kwargs):
        """Starts a process that lives in here; keyword arguments as for `subprocess.Popen`."""
        with self:
            return subprocess.Popen(list(map(str, argv)), **kwargs)

    def sysctl(self, **values):
        """`sysctl(ipv4__ip_forward=1)`; a double underscore is a slash, `IF` names go in by `sysctl_path`."""
        for key, value in values.items():
            self.sysctl_path("net/" + key.replace("__", "/"), value)

    def sysctl_path(self, path, value):
        with self:
            with open("/proc/sys/" + path, "w", encoding="ascii") as file:
                file.write(str(value))


def next_pid(pid):
    """Asks the kernel to number the next process of this pid namespace so; a kernel that cannot is no harm."""
    try:
        with open("/proc/sys/kernel/ns_last_pid", "w", encoding="ascii") as file:
            file.write(str(pid - 1))
    except OSError:
        pass
