"""A small client of palts and of the peers: GraphQL over HTTP on kept connections, one for each thread. Not for measuring (measure.py)."""

import http.client
import json
import threading


class Refused(Exception):
    """An answer that is not what was asked for."""


class Client:
    """Speaks to one server on loopback."""

    def __init__(self, port, timeout=120, source="127.0.0.1"):
        self.port, self.timeout, self.source = port, timeout, source
        self.local = threading.local()

    def send(self, method, path, body=None, headers=None):
        """Status and bytes of one exchange; tried again once on a connection that the server has closed."""
        for last in (False, True):
            connection = getattr(self.local, "connection", None)
            if connection is None:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout,
                                                        source_address=(self.source, 0))
                self.local.connection = connection
            try:
                connection.request(method, path, body, headers or {})
                response = connection.getresponse()
                return response.status, response.read()
            except (http.client.HTTPException, ConnectionError):
                connection.close()
                self.local.connection = None
                if last:
                    raise

    def post(self, body, token=None, path="/graphql", content_type="application/json"):
        """Status and bytes of a POST."""
        headers = {"content-type": content_type}
        if token:
            headers["authorization"] = f"Bearer {token}"
        return self.send("POST", path, body, headers)

    def ask(self, document, variables=None, token=None):
        """The data of an answer without errors."""
        body = json.dumps({"query": document, "variables": variables or {}})
        status, answer = self.post(body.encode(), token)
        try:
            read = json.loads(answer)
        except ValueError:
            raise Refused(f"{status}: {answer[:300]!r}") from None
        if status != 200 or read.get("errors"):
            raise Refused(f"{status}: {json.dumps(read.get('errors'), ensure_ascii=False)[:600]} for {document[:120]}")
        return read["data"]

    def login(self, username, password):
        """An access token."""
        document = "mutation($u: String!, $p: String!) { login(username: $u, password: $p) { accessToken } }"
        return self.ask(document, {"u": username, "p": password})["login"]["accessToken"]
