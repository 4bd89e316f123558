"""A push service and a webhook's receiver on other people's libraries: http-ece decrypts (RFC 8291), py-vapid verifies (RFC 8292),
standardwebhooks verifies. POST /addresses makes an address, GET /got/ID says what came, POST /answer/ID sets what it answers from then on."""
import base64, json, os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from standardwebhooks import Webhook

addresses = {}


def text(data):
    return base64.urlsafe_b64encode(data).decode().rstrip('=')


class Service(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def answer(self, status, body=b'', **fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace('_', '-'), value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def body(self):
        return self.rfile.read(int(self.headers.get('Content-Length', '0')))

    def do_GET(self):
        self.answer(200, json.dumps(addresses[self.path.split('/')[2]]['got']).encode())

    def do_POST(self):
        what, name = (self.path.split('/') + [''])[1:3]
        body = self.body()
        if what == 'addresses':
            return self.make(json.loads(body))
        address = addresses.get(name)
        if address is None:
            return self.answer(404)
        if what == 'answer':
            address['answer'] = json.loads(body)
            return self.answer(200)
        if address['answer']:
            return self.answer(address['answer']['status'], **address['answer'].get('headers', {}))
        try:
            status = self.push(address, body) if what == 'push' else self.hook(address, body)
        except Exception as error:
            return self.answer(400, repr(error).encode())
        self.answer(status)

    def make(self, wanted):
        name = text(os.urandom(9))
        key = ec.generate_private_key(ec.SECP256R1())
        auth = os.urandom(16)
        addresses[name] = {**wanted, 'key': key, 'auth': auth, 'got': [], 'answer': None}
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.answer(200, json.dumps({'name': name, 'p256dh': text(point), 'auth': text(auth)}).encode())

    def push(self, address, body):
        if len(body) > 4096:
            return 413
        sender = self.headers['Authorization']
        # py-vapid wants no blank behind the comma, which RFC 9110 allows.
        if not Vapid02.verify(sender.replace(', ', ',')):
            return 403
        if dict(each.strip().split('=', 1) for each in sender[6:].split(','))['k'] != address['applicationServerKey']:
            return 403
        if self.headers['Content-Encoding'] != 'aes128gcm':
            return 415
        plain = http_ece.decrypt(body, private_key=address['key'], auth_secret=address['auth'], version='aes128gcm')
        address['got'].append({'id': self.headers['Topic'], 'text': plain.decode(), 'ttl': int(self.headers['TTL'])})
        return 201

    def hook(self, address, body):
        fields = {name.lower(): value for name, value in self.headers.items()}
        Webhook(address['secret']).verify(body.decode(), fields)
        address['got'].append({'id': fields['webhook-id'], 'text': body.decode()})
        return 204

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(('127.0.0.1', 0), Service)
print(server.server_port, flush=True)
server.serve_forever()
