"""``python -m egide.client``: the vendor's commands, without the server's."""

from egide.client.commands import client

if __name__ == "__main__":
    client(prog_name="egide client")
