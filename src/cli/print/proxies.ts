/** Proxies before the server: TLS, streams that are not held back, and paths as they came. */

export function nginx(): string {
  return `# /etc/nginx/conf.d/cpm-xdms.conf. The server behind it wants XDMS_TRUSTED_PROXIES=127.0.0.1
upstream cpm_xdms {
  server 127.0.0.1:8080;
  # The server closes idle connections after 65 s; this closes them first.
  keepalive 64;
  keepalive_timeout 60s;
}

server {
  listen 443 ssl;
  server_name xdms.example.com;
  ssl_certificate     /etc/ssl/xdms.example.com.pem;
  ssl_certificate_key /etc/ssl/xdms.example.com.key;
  ssl_protocols TLSv1.2 TLSv1.3;

  # Of 10 MiB a message in base64 has about 14.
  client_max_body_size 16m;
  # A node selector is long, and all of it stands in the first line.
  large_client_header_buffers 4 16k;

  # What operators look at is not for the world.
  location ~ ^/(healthz|readyz|metrics)$ { return 404; }

  location / {
    # Without a path behind the name: a Digest response covers the target as the client sent it, with its prefix.
    proxy_pass http://cpm_xdms;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    # Only who was here last is believed; what the client wrote goes.
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header Forwarded "";
    proxy_set_header X-Request-Id $request_id;
    # Event streams are passed on as they come; every 15 s there is a sign of life.
    proxy_buffering off;
    proxy_read_timeout 60s;
    # The server judges a request by its header fields before it reads the body.
    proxy_request_buffering off;
  }
}
`
}

export function caddy(): string {
  return `# Caddyfile. The server behind it wants XDMS_TRUSTED_PROXIES=127.0.0.1. Caddy gets the certificate by itself.
xdms.example.com {
	# What operators look at is not for the world.
	@operators path /healthz /readyz /metrics
	respond @operators 404

	request_body {
		max_size 16MB
	}

	# Not handle_path: a Digest response covers the target as the client sent it, with its prefix.
	reverse_proxy 127.0.0.1:8080 {
		# Event streams are passed on as they come.
		flush_interval -1
		header_up X-Forwarded-For {remote_host}
		header_up -Forwarded
		header_up X-Request-Id {http.request.uuid}
		transport http {
			# The server closes idle connections after 65 s; this closes them first.
			keepalive 60s
		}
	}
}
`
}
