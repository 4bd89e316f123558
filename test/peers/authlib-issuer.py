"""An issuer of tokens on Authlib and Flask. Prints the port that it listens on. POST /token by client credentials, or by a user's password;
GET /jwks has the keys; POST /renew makes another key, and POST /shape chooses between the tokens of RFC 9068 and such as Keycloak writes."""
import os
import threading

os.environ['AUTHLIB_INSECURE_TRANSPORT'] = '1'

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.jose import JsonWebKey, jwt
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from flask import Flask, jsonify, request
from werkzeug.serving import make_server

CLIENTS = {'phone': 'phone-secret', 'pf': 'pf-secret'}
USERS = {'alice': 'alice-secret'}
keys = []
shape = {'rfc9068': True}


def renew():
    number = len(keys) + 1
    keys.append(JsonWebKey.generate_key('RSA', 2048, {'kid': f'key-{number}', 'use': 'sig', 'alg': 'RS256'}, is_private=True))


class Client(ClientMixin):
    def __init__(self, name):
        self.name = name

    def get_client_id(self):
        return self.name

    def get_default_redirect_uri(self):
        return None

    def get_allowed_scope(self, scope):
        return scope or ''

    def check_redirect_uri(self, redirect_uri):
        return False

    def check_client_secret(self, client_secret):
        return CLIENTS[self.name] == client_secret

    def check_endpoint_auth_method(self, method, endpoint):
        return method == 'client_secret_basic'

    def check_response_type(self, response_type):
        return False

    def check_grant_type(self, grant_type):
        return True


class User:
    def __init__(self, name):
        self.name = name

    def get_user_id(self):
        return self.name


class ByPassword(grants.ResourceOwnerPasswordCredentialsGrant):
    def authenticate_user(self, username, password):
        return User(username) if USERS.get(username) == password else None


class Tokens(JWTBearerTokenGenerator):
    def get_jwks(self):
        return {'keys': [keys[-1].as_dict(is_private=True)]}

    def get_audiences(self, client, user, scope):
        return request.form.get('audience', 'urn:cpm-xdms')

    def access_token_generator(self, client, grant_type, user, scope):
        token = super().access_token_generator(client, grant_type, user, scope)
        if shape['rfc9068']:
            return token
        claims = dict(jwt.decode(token, JsonWebKey.import_key_set({'keys': [keys[-1].as_dict()]})))
        claims.update(azp=claims.pop('client_id'), preferred_username=claims['sub'], sub='0b5f7c1e-2a52-4a1c-9d4b-1f1d3c6a9e77')
        return jwt.encode({'alg': 'RS256', 'typ': 'JWT', 'kid': keys[-1].as_dict()['kid']}, claims, keys[-1]).decode()


app = Flask(__name__)
authorization = AuthorizationServer(app, query_client=lambda name: Client(name) if name in CLIENTS else None, save_token=lambda *_: None)
authorization.register_grant(grants.ClientCredentialsGrant)
authorization.register_grant(ByPassword)


@app.post('/token')
def token():
    return authorization.create_token_response()


@app.get('/jwks')
def jwks():
    return jsonify({'keys': [key.as_dict() for key in keys]})


@app.post('/renew')
def renew_key():
    renew()
    return '', 204


@app.post('/shape')
def choose_shape():
    shape['rfc9068'] = request.form['rfc9068'] == 'true'
    return '', 204


renew()
server = make_server('127.0.0.1', 0, app)
authorization.register_token_generator('default', Tokens(issuer=f'http://127.0.0.1:{server.port}', expires_generator=lambda *_: 60))
print(server.port, flush=True)
threading.Thread(target=server.serve_forever).start()
