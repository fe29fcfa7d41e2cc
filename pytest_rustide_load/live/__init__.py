"""Pages and figures served on loopback while something goes on, to a person or a program at this machine.

Needs the `live` extra; knows nothing of what is served.
"""
