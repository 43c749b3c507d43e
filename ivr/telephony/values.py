"""One fence for every value that goes to Asterisk, on AGI and on AMI alike.

Both protocols are lines of text without an escape for a line end: a value with CR or LF would become a
command or a header of its own. So such values are refused, never cleaned.
"""

from __future__ import annotations

from ivr.errors import UnsafeValue

#: Asterisk reads an AGI command into 2,048 bytes and takes the rest for another command.
AGI_COMMAND_BYTES = 2000
#: Asterisk discards an AMI message with a line above 1,024 bytes, and its answer has no ActionID.
AMI_LINE_BYTES = 1000


def checked(value: str) -> str:
    """The value itself. Raises UnsafeValue if it holds CR, LF, NUL or half a character."""
    for bad, name in (("\r", "CR"), ("\n", "LF"), ("\0", "NUL")):
        if bad in value:
            raise UnsafeValue(f"a value for Asterisk holds {name}")
    try:
        value.encode()
    except UnicodeEncodeError as wrong:
        raise UnsafeValue("a value for Asterisk holds half a character") from wrong
    return value


def quote(value: str) -> str:
    """One word of an AGI command, whatever spaces, quotes and backslashes it holds. Raises UnsafeValue."""
    return '"' + checked(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def agi_command(*words: str) -> str:
    """Words, quoted where needed by the caller, as one command. Raises UnsafeValue if Asterisk would cut it."""
    command = " ".join(words)
    if len(checked(command).encode()) > AGI_COMMAND_BYTES:
        raise UnsafeValue(f"an AGI command may have {AGI_COMMAND_BYTES} bytes")
    return command


def ami_value(name: str, value: str) -> str:
    """The value of an AMI header. Raises UnsafeValue if it, or the header's name, would break the message."""
    if not name.replace("-", "").isalnum() or not name.isascii():
        raise UnsafeValue(f"{name!r} is not the name of an AMI header")
    if len(f"{name}: {checked(value)}".encode()) > AMI_LINE_BYTES:
        raise UnsafeValue(f"an AMI header may have {AMI_LINE_BYTES} bytes")
    return value


def ami_variable(name: str, value: str) -> str:
    """`name=value` for an AMI Variable header. Raises UnsafeValue also where a comma, a quote or a backslash
    would begin another variable: Asterisk splits this header like the arguments of an application."""
    if any(sign in name + value for sign in ',"\\') or "=" in name:
        raise UnsafeValue(f"the variable {name!r} would become several")
    return ami_value("Variable", f"{name}={value}")
