"""Start lm-stats: make its virtual environment the first time, then run the command.

Only the standard library is used here, and the file parses on very old Pythons, so that they can
say in plain words what is wrong. `.venv` belongs to this file: it is made from `requirements.lock`,
every package is checked against its hash, and a stamp inside it tells whether it is whole and up to
date. Nothing else on the computer is changed.
"""

from __future__ import print_function

import os
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
# the locked packages come ready-made for these (docs/dependencies.md)
OLDEST, NEWEST = (3, 11), (3, 14)
SPACE_NEEDED = 2000  # MB, half of it for what the installer unpacks in between
LONGEST_INSIDE = 170  # characters of the longest path that the packages bring, measured
STAMP = "lm-stats-stamp.txt"
PROGRAM = "import sys; sys.argv[0] = 'lm-stats'; from pipelines.cli import main; sys.exit(main())"

HELP = """lm-stats: labour-migration statistics, from what offices deliver to what may be published

  {start} demo              a synthetic example, all the way to figures and a report
  {start} receive FILE...   take in what an office sent
  {start} run               make everything that is out of date
  {start} status            what came, what is due, late or missing
  {start} --help            all commands; {start} COMMAND --help: one of them

  {start} test              run all tests (options of pytest may follow)
  {start} install           only install, for instance while there is a network

The first start installs what is needed into the folder .venv beside this file; that takes a
minute or two and a network. Where a message says lm-stats, write {start}.
"""


class Stop(Exception):
    """Nothing can be started. Carries where, what and what to do, for a person."""

    def __init__(self, where, what, do):
        Exception.__init__(self, "{}: {}".format(where, what))
        self.lines = ("lm-stats cannot start.", "  where: " + where, "  what:  " + what, "  do:    " + do)


def say(*lines):
    """Write to standard error: standard output belongs to the command that is started."""
    for line in lines:
        # a path may hold what an old console cannot show
        encoding = getattr(sys.stderr, "encoding", None) or "ascii"
        print(line.encode(encoding, "backslashreplace").decode(encoding), file=sys.stderr)
    sys.stderr.flush()


def how_to_start():
    """How this file is called on this computer."""
    return "py start.py" if os.name == "nt" else "python3 start.py"


def check_python(version, executable, find=None):
    """Refuse a Python that the locked packages do not come for.

    Args:
        version: The first numbers of `sys.version_info`.
        executable: Path of the Python, for the message.
        find: Function that finds a program by name (`shutil.which`, which old Pythons lack).

    Raises:
        Stop: If the Python is too old or too new.
    """
    if OLDEST <= tuple(version[:2]) <= NEWEST:
        return
    wanted = "Python {}.{} to {}.{}".format(*(OLDEST + NEWEST))
    names = ["3.{}".format(minor) for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    here = [name for name in names if find and find("python" + name)]
    if here:
        do = "Python {0} is on this computer: python{0} start.py COMMAND...".format(here[0])
    elif os.name == "nt":
        do = "install {} (python.org or the software centre), then: py -3.12 start.py COMMAND...".format(wanted)
    else:
        do = "install {} (Debian, Ubuntu: sudo apt install python3.11 python3.11-venv), then: " \
             "python3.11 start.py COMMAND...".format(wanted)
    what = "it is Python {}; lm-stats needs {}".format(".".join(str(number) for number in version[:2]), wanted)
    raise Stop(executable or "Python", what, do)


def environment_python(root):
    """Path of the Python inside `.venv`."""
    return os.path.join(root, ".venv", *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))


def identity(root):
    """What `.venv` is made from, as text: the folder, the Python, and what is to be installed.

    Raises:
        Stop: If the lock or the project's description is missing.
    """
    import hashlib

    digest = hashlib.sha256()
    for name in ("requirements.lock", "pyproject.toml"):
        try:
            with open(os.path.join(root, name), "rb") as file:
                # the same after git has changed line ends
                digest.update(file.read().replace(b"\r\n", b"\n"))
        except (IOError, OSError):
            raise Stop(os.path.join(root, name), "the file is missing or cannot be read",
                       "get the whole folder again (git clone, or unpack the archive anew)")
    python = "{} {}.{} {}".format(sys.implementation.name, sys.version_info[0], sys.version_info[1], sys.base_prefix)
    return "python {}\nfolder {}\npackages {}\n".format(python, root, digest.hexdigest())


def stamp_of(root):
    """The stamp that the last complete installation left, or empty."""
    try:
        with open(os.path.join(root, ".venv", STAMP), encoding="utf-8", newline="") as file:
            return file.read()
    except (OSError, ValueError):
        return ""


def is_ready(root, wanted):
    """Whether `.venv` is whole and is what `wanted` (see `identity`) asks for."""
    return stamp_of(root) == wanted and os.path.exists(environment_python(root))


def install(root):
    """Make `.venv` what it should be; do nothing where it is.

    Raises:
        Stop: If it cannot be made. The next start begins again.
    """
    wanted = identity(root)
    if is_ready(root, wanted):
        return
    with only_one(root):
        if is_ready(root, wanted):
            return
        check_folder(root)
        old = stamp_of(root)
        # same Python and same folder: only the packages differ
        if old.splitlines()[:2] == wanted.splitlines()[:2] and os.path.exists(environment_python(root)):
            say("lm-stats: bringing .venv up to date.")
            remove_stamp(root)
            if has_uv(root) and install_with_uv(root):
                write_stamp(root, wanted)
                return
            say("lm-stats: making .venv again.")
        elif old:
            say("lm-stats: .venv was made by another Python or in another folder; making it again.")
        elif os.path.isdir(os.path.join(root, ".venv")):
            say("lm-stats: .venv is not complete; making it again.")
        else:
            say("lm-stats: first start. Installing what is needed into .venv; this takes a minute or two.")
        make_environment(root)
        if not (install_uv(root) and install_with_uv(root)):
            install_with_pip(root)
        write_stamp(root, wanted)
        say("lm-stats: installed.")


def check_folder(root):
    """Look for what makes an installation fail half way.

    Raises:
        Stop: If the path is too long for Windows, holds a colon elsewhere, or the disk is full.
    """
    import shutil

    if os.name == "nt" and len(root) + len("\\.venv\\") + LONGEST_INSIDE > 259:
        raise Stop(root, "the path of the folder is too long for Windows",
                   "move the folder to a shorter path, such as C:\\lm-stats")
    if os.pathsep in root:
        raise Stop(root, "the path of the folder holds '{}', which separates paths".format(os.pathsep),
                   "rename the folder")
    free = shutil.disk_usage(root).free // 10**6
    if free < SPACE_NEEDED:
        raise Stop(root, "{} MB are free on the disk; the installation needs {}".format(free, SPACE_NEEDED),
                   "make room, or move the folder to another disk")


def make_environment(root):
    """Make an empty `.venv`, with pip where this Python can.

    Raises:
        Stop: If this Python cannot, or the folder cannot be written.
    """
    folder = os.path.join(root, ".venv")
    try:
        remove_stamp(root)
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error)
    code, output = run_quietly([base_python(), "-m", "venv", "--clear", folder])
    if code and ("ensurepip" in output or "No module named pip" in output):
        # Debian and Ubuntu leave pip out of venv; a pip beside it can install into it all the same
        code, output = run_quietly([base_python(), "-m", "venv", "--clear", "--without-pip", folder])
    if code and "No module named venv" in output:
        raise no_venv()
    if code:
        last = output.strip().splitlines()[-1:] or ["no message"]
        raise Stop(folder, "the virtual environment could not be made ({})".format(last[0].strip()),
                   "close programs that use the folder .venv, see that the folder may be written, and start again")


def base_python():
    """The Python that makes `.venv`: never the one inside it."""
    if sys.prefix != sys.base_prefix:
        return getattr(sys, "_base_executable", None) or sys.executable
    return sys.executable


def pip_command(root):
    """How pip is called for `.venv`.

    Raises:
        Stop: If there is no pip, neither inside nor beside it.
    """
    inside = environment_python(root)
    if run_quietly([inside, "-m", "pip", "--version"])[0] == 0:
        return [inside, "-m", "pip"]
    # pip itself starts again inside .venv, so a system that refuses "pip install" does not mind
    if run_quietly([base_python(), "-m", "pip", "--python", inside, "--version"])[0] == 0:
        return [base_python(), "-m", "pip", "--python", inside]
    raise no_venv()


def no_venv():
    """The message for a Python without venv or pip."""
    return Stop(sys.executable, "this Python has no complete venv module, and no pip",
                "Debian, Ubuntu: sudo apt install python3-venv. Elsewhere install Python from python.org. "
                "Then start again")


def install_uv(root):
    """Install uv, the quick installer, in the version and with the hash of the lock.

    Returns:
        Whether it is there; on computers that it does not come for, pip does the work.

    Raises:
        Stop: If the package index cannot be reached.
    """
    lines = locked_lines(root, "uv")
    if not lines:
        return False
    requirement = os.path.join(root, ".venv", "uv.txt")
    with open(requirement, "w", encoding="utf-8", newline="\n") as file:
        file.write(lines)
    code, output = run_quietly(
        pip_command(root) + ["install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps",
                             "--require-hashes", "--only-binary", ":all:", "--retries", "2", "-r", requirement]
    )
    if code and looks_like_network(output):
        raise no_network(output)
    return code == 0


def locked_lines(root, name):
    """The lines of the lock for one package."""
    found = []
    with open(os.path.join(root, "requirements.lock"), encoding="utf-8") as file:
        for line in file:
            if line.startswith(name + "==") or (found and line[:1].isspace()):
                found.append(line)
            elif found:
                break
    return "".join(found)


def has_uv(root):
    """Whether uv is inside `.venv`."""
    return os.path.exists(uv_path(root))


def uv_path(root):
    """Path of uv inside `.venv`."""
    name = "uv.exe" if os.name == "nt" else "uv"
    return os.path.join(os.path.dirname(environment_python(root)), name)


def install_with_uv(root):
    """Install the lock, and the project in place, with uv. Returns whether that went well."""
    import subprocess

    variables = uv_variables(own_variables(), pip_settings(root))
    # where nobody watches, only what went wrong
    target = ([] if sys.stderr.isatty() else ["--quiet"]) + ["--python", environment_python(root)]
    lock = os.path.join(root, "requirements.lock")
    for arguments in (
        ["sync", "--require-hashes"] + target + [lock],
        ["install", "--no-deps", "--no-build-isolation"] + target + ["--editable", root],
    ):
        if subprocess.call([uv_path(root), "pip"] + arguments, env=variables, cwd=root, stdout=sys.stderr):
            say("lm-stats: uv could not install.")
            return False
    return True


def install_with_pip(root):
    """Install the same lock with pip.

    Raises:
        Stop: If that fails too.
    """
    import subprocess

    say("lm-stats: installing with pip; this takes some minutes.")
    pip = pip_command(root) + ["install", "--disable-pip-version-check", "--no-input"]
    lock = os.path.join(root, "requirements.lock")
    for arguments in (
        # the lock is complete, and pip would refuse a package whose extras are not spelled out in it
        ["--quiet", "--require-hashes", "--no-deps", "--retries", "2", "-r", lock],
        ["--quiet", "--no-deps", "--no-build-isolation", "--editable", root],
    ):
        if subprocess.call(pip + arguments, env=own_variables(), cwd=root, stdout=sys.stderr):
            raise Stop("installing requirements.lock into " + os.path.join(root, ".venv"),
                       "neither uv nor pip could install the packages; their reasons stand above",
                       "see that there is a network and room on the disk, then start again. Behind a proxy set "
                       "HTTPS_PROXY; with a package index of your own set PIP_INDEX_URL and PIP_CERT")


def looks_like_network(output):
    """Whether the words of pip are about a connection that could not be made."""
    return any(word in output for word in ("NewConnectionError", "ConnectTimeout", "ConnectionError", "ReadTimeout",
                                           "ProxyError", "SSLError", "NameResolutionError", "Max retries exceeded",
                                           "Retrying (", "connection broken"))


def no_network(output):
    """The message where the package index cannot be reached."""
    where = "installing packages (needed at the first start only)"
    if "SSLError" in output or "CERTIFICATE_VERIFY_FAILED" in output:
        return Stop(where, "the certificate of the package index is not trusted here",
                    "ask your administrator for the network's certificate file, set PIP_CERT to its path, start again")
    if "ProxyError" in output:
        return Stop(where, "the proxy does not let the package index through",
                    "ask your administrator for the proxy's address, set HTTPS_PROXY to it, start again")
    return Stop(where, "the package index cannot be reached",
                "connect to a network and start again. Behind a proxy set HTTPS_PROXY; with a package index of your "
                "own set PIP_INDEX_URL")


def own_variables():
    """The environment for installers: without what would send packages elsewhere than into `.venv`."""
    unwanted = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON", "PIP_REQUIREMENT",
                "__PYVENV_LAUNCHER__")
    variables = {name: value for name, value in os.environ.items() if name not in unwanted}
    variables["PIP_USER"] = "0"
    return variables


def pip_settings(root):
    """What pip is told on this computer (files and environment together), by the name of the option."""
    import ast

    settings = {}
    _, output = run_quietly(pip_command(root) + ["config", "list"])
    found = []
    for line in output.splitlines():
        name, separator, value = line.partition("=")
        section, dot, option = name.strip().rpartition(".")
        if separator and dot and section in ("global", "install", ":env:"):
            try:
                found.append((("global", "install", ":env:").index(section), option, str(ast.literal_eval(value))))
            except (ValueError, SyntaxError):
                continue
    # the later win: the environment over the section of the command over the general one
    for _, option, value in sorted(found):
        settings[option] = value
    return settings


def uv_variables(variables, settings):
    """The environment for uv, which does not read what pip is told.

    Args:
        variables: The environment; what it says to uv itself stands.
        settings: Options of pip.

    Returns:
        A new environment.
    """
    told = dict(variables)
    several = {"extra-index-url": ("UV_INDEX", " "), "find-links": ("UV_FIND_LINKS", ","),
               "trusted-host": ("UV_INSECURE_HOST", " ")}
    for option, (name, separator) in several.items():
        if settings.get(option, "").split():
            told.setdefault(name, separator.join(settings[option].split()))
    for option, name in (("index-url", "UV_DEFAULT_INDEX"), ("cert", "SSL_CERT_FILE"), ("proxy", "HTTPS_PROXY"),
                         ("timeout", "UV_HTTP_TIMEOUT"), ("default-timeout", "UV_HTTP_TIMEOUT")):
        if settings.get(option):
            told.setdefault(name, settings[option])
    if settings.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        told.setdefault("UV_OFFLINE", "1")
    # pip looks into all its indexes too; the hashes say that it is the right package
    told.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    told.setdefault("UV_COMPILE_BYTECODE", "1")
    told.setdefault("UV_PYTHON_DOWNLOADS", "never")
    if "SSL_CERT_FILE" not in told:
        told.setdefault("UV_SYSTEM_CERTS", "1")
    return told


def run_quietly(command):
    """Run a program. Returns its exit code and everything it wrote."""
    import subprocess

    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, env=own_variables())
    except OSError as error:
        return 127, str(error)
    output = process.communicate()[0]
    return process.returncode, output.decode("utf-8", "replace")


def write_stamp(root, text):
    """Say that the installation is complete."""
    with open(os.path.join(root, ".venv", STAMP), "w", encoding="utf-8", newline="\n") as file:
        file.write(text)


def remove_stamp(root):
    """Say that the installation is not complete, before anything in it is touched."""
    path = os.path.join(root, ".venv", STAMP)
    if os.path.exists(path):
        os.remove(path)


def cannot_write(path, error):
    """The message where a folder cannot be written."""
    return Stop(path, "the folder cannot be written ({})".format(error.strerror or type(error).__name__),
                "copy the whole folder to a place where you may write, and start there")


class only_one:  # noqa: N801 - reads as a sentence
    """Lets one start install at a time; the others wait. The lock goes with the process, however it ends."""

    def __init__(self, root):
        self.path = os.path.join(root, "start.py")
        self.file = None

    def __enter__(self):
        import errno
        import time

        told = False
        try:
            self.file = open(self.path, "rb")
        except OSError:
            return  # without the file there is nothing to lock
        while True:
            try:
                lock(self.file)
                return
            except OSError as error:
                if error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
                    return  # a disk that knows no locks
                if not told:
                    say("lm-stats: another start is installing; waiting for it.")
                    told = True
                time.sleep(0.5)

    def __exit__(self, *_):
        if self.file:
            self.file.close()


def lock(file):
    """Lock a file that is open for reading.

    Raises:
        OSError: If another process holds the lock.
    """
    if os.name == "nt":
        import msvcrt

        file.seek(1 << 30)  # far behind its end, so that nobody is kept from reading it
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def command_for(root, arguments):
    """What is started inside `.venv`.

    The modules are named rather than the scripts beside the Python: those hold its path, which
    breaks when a folder is moved, and some Windows computers refuse to run them.
    """
    # -P: a file of the user's folder never stands in for one of ours
    python = [environment_python(root), "-P"]
    if arguments[0] == "test":
        # a file of tests stays in one process, because its tests share what they make; each process takes half a GB
        together = ["-n", str(min(os.cpu_count() or 1, 4)), "--dist", "loadfile"]
        chosen = any(argument in ("-n", "-p", "--pdb") for argument in arguments)
        return python + ["-m", "pytest"] + ([] if chosen else together) + arguments[1:]
    return python + ["-c", PROGRAM] + arguments


def hand_over(command):
    """Run the command in place of this program. Returns its exit code where it cannot take the place."""
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        os.execv(command[0], command)
    import subprocess

    process = subprocess.Popen(command)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # the command was told as well and says so itself


def main(arguments, root=ROOT):
    """Do what the command line asks. Returns the exit code."""
    try:
        if arguments[:1] in ([], ["-h"]):
            print(HELP.format(start=how_to_start()))
            return 0
        try:
            from shutil import which
        except ImportError:
            which = None
        check_python(sys.version_info, sys.executable, which)
        install(root)
        if arguments[0] == "install":
            say("lm-stats: ready.")
            return 0
        if arguments[0] == "test":
            os.chdir(root)
        return hand_over(command_for(root, arguments))
    except Stop as problem:
        say(*problem.lines)
        return 1
    except KeyboardInterrupt:
        say("", "lm-stats: stopped. Start again when you like; what was not complete is made again.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
