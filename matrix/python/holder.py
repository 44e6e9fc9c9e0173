"""What every holder in Python shares: the list of kinds, the truth, and the wait."""
import os
import sys


def tell(**values):
    """Writes the truth in a copy of the process: what becomes of the values there stays there.
    A value is made by a function without arguments; a number is written most significant byte first."""
    child = os.fork()
    if child == 0:
        with open(sys.argv[2], "a") as file:
            for name, value in values.items():
                value = value()
                if isinstance(value, int):
                    value = value.to_bytes((value.bit_length() + 7) // 8, "big")
                file.write(f"{name} {bytes(value).hex()}\n")
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        sys.exit("the copy that writes the truth failed")


def hold(kinds):
    """Runs the function of the kind that is asked for; what it returns is kept."""
    if sys.argv[1:] == ["--kinds"]:
        print(*kinds, sep="\n")
        return
    kept = kinds[sys.argv[1]]()
    print("READY", flush=True)
    sys.stdin.read()
    del kept
