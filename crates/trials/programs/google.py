"""The XML interface of Google Cloud Storage before moto: google.py MOTO

Google's is that of S3 (cloud.google.com/storage/docs/xml-api/overview) but for what is done here: requests are not
signed, objects have generations, and x-goog-if-generation-match is a condition on them.
"""

import hashlib
import http.client
import http.server
import os
import sys
import urllib.parse

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

[moto] = sys.argv[1:]
signer = S3SigV4Auth(
    Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]), "s3", "us-east-1"
)
# What describes one connection and no message (RFC 9110, section 7.6.1), and what is made anew.
OWN = {"connection", "transfer-encoding", "host", "authorization", "content-length", "date", "server"}


def ask(verb, path, headers, body=None):
    request = AWSRequest(method=verb, url=f"http://{moto}{path}", data=body or b"", headers=headers)
    signer.add_auth(request)
    connection = http.client.HTTPConnection(moto)
    connection.request(verb, path, body, dict(request.headers.items()))
    answer = connection.getresponse()
    return answer, answer.read()


def generation(etag):
    """A number that changes as the bytes do."""
    return str(int(hashlib.sha256(etag.encode()).hexdigest()[:12], 16))


class Google(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, headers, body, length=None):
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in OWN:
                self.send_header(name, value)
        if "etag" in {name.lower() for name, _ in headers}:
            self.send_header("x-goog-generation", generation(dict((n.lower(), v) for n, v in headers)["etag"]))
        self.send_header("Content-Length", str(len(body)) if length is None else length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status, code):
        self.answer(status, [], f"<Error><Code>{code}</Code></Error>".encode())

    def body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        whole = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return whole

    def take(self):
        body = self.body()
        bare = urllib.parse.urlsplit(self.path).path
        wanted = self.headers.get("x-goog-if-generation-match")
        if wanted is not None:
            there, _ = ask("HEAD", bare, {})
            found = generation(there.getheader("ETag")) if there.status == 200 else "0"
            if found != wanted:
                return self.refuse(412, "PreconditionFailed")
        headers = {name: value for name, value in self.headers.items() if name.lower() not in OWN}
        headers = {name: value for name, value in headers.items() if not name.lower().startswith("x-goog-")}
        answer, answered = ask(self.command, self.path, headers, body)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else None
        self.answer(answer.status, answer.getheaders(), answered, length)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = take

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Google)
print(f"Running on http://127.0.0.1:{server.server_address[1]}", flush=True)
server.serve_forever()
