/** How the server is started by others: systemd, containers, and the file of its settings. */
import type { Setting } from '../../setting.ts'
import { SETTINGS } from '../../settings.ts'

/** Every setting with its default and its reason, each of them commented out. */
export function env(): string {
  const settings = Object.entries(SETTINGS as Readonly<Record<string, Setting<unknown>>>)
  return [
    '# Settings of cpm-xdms, for `--config FILE`, systemd’s EnvironmentFile= and containers.',
    '# What stands here is what holds anyway; take away the # where you want it otherwise.',
    ...settings.flatMap(([name, { default: fallback, says }]) => ['', `# ${says}`, `#${name}=${fallback ?? ''}`]),
  ].join('\n')
}

export function systemd(): string {
  return `# /etc/systemd/system/cpm-xdms.service. Before it: npm install -g cpm-xdms-*.tgz --omit=optional (or set ExecStart),
# and npx cpm-xdms print env > /etc/cpm-xdms.env; chmod 600 /etc/cpm-xdms.env. Then: systemctl enable --now cpm-xdms
# Commands on its store: sudo -u cpm-xdms XDMS_DATA=/var/lib/cpm-xdms cpm-xdms user list
[Unit]
Description=XML document management server for messaging preferences
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=/usr/bin/env cpm-xdms serve
Environment=NODE_ENV=production XDMS_DATA=/var/lib/cpm-xdms
EnvironmentFile=-/etc/cpm-xdms.env
# glibc gives large buffers back to the system when they are freed.
Environment=MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072
DynamicUser=yes
User=cpm-xdms
StateDirectory=cpm-xdms
StateDirectoryMode=0700
WorkingDirectory=/var/lib/cpm-xdms
# It drains on SIGTERM, within ten seconds.
TimeoutStopSec=15
KillMode=mixed
Restart=on-failure
RestartSec=1
# An event stream is an open file.
LimitNOFILE=65536

CapabilityBoundingSet=
AmbientCapabilities=
NoNewPrivileges=yes
LockPersonality=yes
# Not MemoryDenyWriteExecute: JavaScript is compiled as it runs.
PrivateDevices=yes
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
UMask=0077

[Install]
WantedBy=multi-user.target
`
}

export function containerfile(): string {
  return `# In a clone, with data in .dockerignore where a store lies in it: npx cpm-xdms print containerfile > Containerfile
# podman build -t cpm-xdms . (or docker build -f Containerfile -t cpm-xdms .)
FROM docker.io/library/node:24-slim AS build
WORKDIR /app
COPY . .
RUN npm ci --omit=dev --omit=optional

FROM docker.io/library/node:24-slim
ENV NODE_ENV=production XDMS_HOST=0.0.0.0 XDMS_ADMIN_HOST=127.0.0.1 XDMS_DATA=/data
# glibc gives large buffers back to the system when they are freed.
ENV MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072
WORKDIR /app
COPY --from=build /app /app
RUN mkdir /data && chown node:node /data && chmod 700 /data
USER node
VOLUME /data
EXPOSE 8080
# Of the listener for operators, which nobody outside reaches.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \\
  CMD ["node", "-e", "fetch('http://127.0.0.1:8081/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# No shell between: signals arrive.
ENTRYPOINT ["node", "dist/main.js"]
CMD ["serve"]
`
}

export function compose(): string {
  return `# compose.yaml: the server behind Caddy, which gets a certificate by itself. Beside it: Containerfile and Caddyfile
# (npx cpm-xdms print caddy), in that the upstream is xdms:8080 in place of 127.0.0.1:8080.
# The first account: docker compose exec xdms node dist/main.js user add sip:admin@example.com --role administrator
services:
  xdms:
    build: { context: ., dockerfile: Containerfile }
    restart: unless-stopped
    stop_grace_period: 15s
    read_only: true
    # The database sorts there what is too large for its memory.
    tmpfs: [/tmp]
    cap_drop: [ALL]
    security_opt: ['no-new-privileges:true']
    environment:
      XDMS_REALM: example.com
      # Where Caddy comes from, so that failed logins count for the client.
      XDMS_TRUSTED_PROXIES: 10.89.7.0/24
    volumes: ['data:/data']
    networks: [inside]
  caddy:
    image: docker.io/library/caddy:2
    restart: unless-stopped
    ports: ['443:443', '80:80']
    volumes: ['./Caddyfile:/etc/caddy/Caddyfile:ro', 'certificates:/data']
    networks: [inside]
    depends_on: [xdms]
networks:
  inside:
    ipam: { config: [{ subnet: 10.89.7.0/24 }] }
volumes:
  data:
  certificates:
`
}
