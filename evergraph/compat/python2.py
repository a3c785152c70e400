"""Telling a program that was written for Python 2 from one that is merely wrong."""

# What Python 3's parser says of Python 2's statements.
SYNTAX = (
    "Missing parentheses in call to",
    "multiple exception types must be parenthesized",
    "leading zeros in decimal integer literals",
    "inconsistent use of tabs and spaces",
    "invalid decimal literal",
)
MODULES = {
    "ConfigParser", "cPickle", "commands", "cStringIO", "HTMLParser", "Queue", "SocketServer",
    "StringIO", "Tkinter", "httplib", "urllib2", "urlparse", "__builtin__", "copy_reg",
}  # fmt: skip
NAMES = {"basestring", "execfile", "long", "raw_input", "reduce", "reload", "unichr", "unicode"} | {
    "xrange"
}

NOTE = (
    "This looks like Python 2. evergraph runs on Python 3 and cannot change a program's syntax: "
    "convert it once, for instance with\n"
    "  pip install fissix && fissix -w -n FILE_OR_FOLDER"
)


def add_python2_note(error: BaseException) -> None:
    """Add advice to an exception that Python 3 raises for what Python 2 took."""
    if isinstance(error, SyntaxError):
        found = any(text in (error.msg or "") for text in SYNTAX)
    elif isinstance(error, ModuleNotFoundError):
        found = error.name in MODULES
    else:
        found = isinstance(error, NameError) and error.name in NAMES
    if found:
        error.add_note(NOTE)
