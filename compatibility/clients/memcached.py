"""One call of pymemcache over TLS as a user: memcached.py PORT CA USER PASSWORD. Prints "served", or one line with what went wrong."""

import ssl
import sys

from pymemcache.client.base import Client

port, ca, user, password = sys.argv[1:]
client = Client(("localhost", int(port)), tls_context=ssl.create_default_context(cafile=ca), timeout=20, connect_timeout=20)
try:
    # As with memcached's option -Y: the first command is a set, whose value says who the client is.
    client.set("login", f"{user} {password}", noreply=False)
    client.set("k", "pymemcache", noreply=False)
    found = client.get("k")
    print("served" if found == b"pymemcache" else f"found {found}")
except Exception as error:
    print(f"{type(error).__name__}: {error}".splitlines()[0])
