"""AWS, by moto, on port 5000 in the clear: the lab's TLS server stands before it. Ends with its standard input."""

import logging
import sys

from moto.server import ThreadedMotoServer

logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=5000, verbose=False)
server.start()
print("ready", flush=True)
sys.stdin.read()
server.stop()
