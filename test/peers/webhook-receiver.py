"""A target of subscriptions on the Python library of Standard Webhooks. POST /secret tells it the secret, GET /got what came since then;
POST /hook is the target: it answers the challenge and verifies everything else."""
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from standardwebhooks import Webhook, WebhookVerificationError

known = {}
got = []


class Receiver(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def answer(self, status, value=None):
        body = b'' if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, got)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get('Content-Length', '0'))).decode()
        said = json.loads(body)
        if self.path == '/secret':
            known['secret'] = said['secret']
            return self.answer(204)
        if said.get('type') == 'challenge':
            return self.answer(200, {'challenge': said['challenge']})
        try:
            Webhook(known['secret']).verify(body, dict(self.headers))
        except (KeyError, WebhookVerificationError):
            return self.answer(401)
        got.append({'id': self.headers['webhook-id'], 'type': said['type'], 'about': said['data'].get('about')})
        self.answer(204)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(('127.0.0.1', 0), Receiver)
print(server.server_port, flush=True)
server.serve_forever()
