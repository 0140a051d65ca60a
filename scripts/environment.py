"""Make or refresh the project's own `.venv` from the lock; does nothing when it is up to date.

Runs on the machine's Python with nothing installed, so it uses the standard library alone and stays readable for an
old interpreter, which gets one clear sentence. pip's own settings (mirror, proxy, certificates) are honoured.
"""

import hashlib
import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")


def stop(sentence):
    """Print one sentence and leave with exit code 1."""
    sys.stderr.write("parvaneh: " + sentence + "\n")
    sys.exit(1)


def newer_python():
    """An interpreter on the PATH that is new enough, or None."""
    for minor in range(16, OLDEST[1] - 1, -1):
        found = shutil.which("python3.%d" % minor)
        if found and subprocess.call([found, "-c", "import ensurepip"], stderr=subprocess.DEVNULL) == 0:
            return found
    return None


def lock_digest(lock):
    """What the environment was made from: the lock, the package's metadata and this interpreter."""
    digest = hashlib.sha256(repr(sys.version_info[:2]).encode())
    for name in (lock, "setup.cfg", "pyproject.toml"):
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def run(command, failure):
    """Run a command quietly; when it fails show what it said, then one sentence."""
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        sys.stderr.write(done.stdout.decode("utf-8", "replace")[-3000:] + "\n")
        stop(failure)


def main():
    """Bring `.venv` in line with the lock named on the command line."""
    lock = sys.argv[1]
    if sys.version_info < OLDEST:
        other = newer_python()
        if other is None:
            stop("Python %d.%d or newer is needed, this is %s; install it (Debian: apt install python3 python3-venv) "
                 "or name it: make PYTHON=/path/to/python3" % (OLDEST + (sys.version.split()[0],)))
        os.execv(other, [other] + sys.argv)
    if not os.access(ROOT, os.W_OK):
        stop("the folder %s cannot be written to; give yourself permission or clone the project elsewhere." % ROOT)
    stamp = os.path.join(VENV, "." + os.path.basename(lock))
    digest = lock_digest(lock)
    if os.path.exists(stamp):
        with open(stamp) as file:
            if file.read() == digest:
                return
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        stop("Python's venv module is missing; install it (Debian: apt install python3-venv).")
    print("parvaneh: preparing .venv from %s (a minute or two, only when the lock changes)" % lock)
    python = os.path.join(VENV, "bin", "python")
    if not os.path.exists(python) or subprocess.call([python, "-m", "pip", "--version"], stdout=subprocess.DEVNULL,
                                                     stderr=subprocess.DEVNULL):
        # Without pip an earlier making was interrupted.
        run([sys.executable, "-m", "venv", "--clear", VENV], "the environment %s could not be made." % VENV)
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # The lock is the whole resolution. Without --no-deps pip resolves again, and a package that asks for another's
    # extra ("coverage[toml]>=7") gets the newest release instead of the pinned one as soon as a newer one appears.
    run(pip + ["--no-deps", "--require-hashes", "-r", lock],
        "the packages in %s could not be installed; see pip's words above." % lock)
    run(pip + ["--no-deps", "--no-build-isolation", "-e", "."], "the project could not be installed into .venv.")
    run([python, "-m", "pip", "--disable-pip-version-check", "check"],
        "the packages in %s do not fit together; make the lock again (make lock)." % lock)
    with open(stamp, "w") as file:
        file.write(digest)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        stop("interrupted; the next run goes on from here.")
