/** What `print` prints, in the hands of the programs that it is for: systemd, nginx, Caddy, Prometheus, fail2ban. */
import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { fail2ban, grafana, prometheusRules } from '../../src/cli/print/observing.ts'
import { caddy, nginx } from '../../src/cli/print/proxies.ts'
import { containerfile, systemd } from '../../src/cli/print/service.ts'
import { clear, newFolder, program, type Program } from '../cli/program.ts'
import { withPeer } from './needs.ts'

const run = promisify(execFile)
const PROGRAMS = ['nginx', 'caddy', 'promtool', 'fail2ban-regex', 'systemd-analyze', 'openssl', 'zsh']
const FOLDERS = ['/usr/bin', '/usr/sbin']
const places = PROGRAMS.map((name) => {
  const known = FOLDERS.map((each) => join(each, name))
  return known.find((each) => existsSync(each)) ?? join('/usr/bin', name)
})

let folder = ''
let server: Program
let port = ''
const children: ChildProcess[] = []

async function freePort(): Promise<number> {
  return await new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

const curl = async (...words: readonly string[]): Promise<string> =>
  (await run('curl', ['-sS', '-k', '--retry', '40', '--retry-delay', '0', '--retry-connrefused', ...words])).stdout

/** The status behind the challenge, as the client behind `base` gets it. */
const statusOf = async (base: string, password: string, path: string): Promise<string> =>
  await curl('-o', '/dev/null', '-w', '%{http_code}', '--digest', '-u', `admin:${password}`, `${base}${path}`)

function start(command: string, ...words: readonly string[]): void {
  const child = spawn(command, words, { stdio: 'ignore', env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder } })
  children.push(child)
}

/** What every proxy has to do. */
async function expectPassedOn(base: string): Promise<void> {
  expect(await statusOf(base, 'admin-secret', '/api/users')).toBe('200')
  expect(await statusOf(base, 'admin-secret', '/xcap-root/xcap-caps/global/index')).toBe('200')
  const selector = '/xcap-root/xcap-caps/global/index/~~/xcap-caps/auids/auid%5b1%5d'
  expect(await statusOf(base, 'admin-secret', selector)).toBe('200')
  for (const path of ['/metrics', '/healthz', '/readyz']) expect(await statusOf(base, 'admin-secret', path)).toBe('404')
  // Nothing happens, so what comes is the head alone: a proxy that holds streams back sends nothing for 15 s.
  const stream = spawn('curl', ['-sSkN', '-D', '-', '--digest', '-u', 'admin:admin-secret', `${base}/api/changes`])
  children.push(stream)
  await new Promise<void>((resolve) => {
    let read = ''
    stream.stdout.on('data', (chunk) => {
      read += String(chunk)
      if (/ 200 [^]*text\/event-stream/.test(read) || /HTTP\/2 200[^]*text\/event-stream/.test(read)) resolve()
    })
  })
  stream.kill()
}

withPeer('nginx, Caddy, Prometheus, fail2ban, systemd and zsh', places, () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cpm-xdms-samples-'))
    const environment = { XDMS_DATA: await newFolder(), XDMS_PORT: '0', XDMS_TRUSTED_PROXIES: '127.0.0.1' }
    const add = program(['user', 'add', 'sip:admin@example.com', '--role', 'administrator', '--password-stdin'], {
      environment,
      input: 'admin-secret',
    })
    expect(await add.ended).toBe(0)
    server = program(['serve'], { environment })
    port = (await server.printed(/^listening on http:\/\/127\.0\.0\.1:(\d+)$/m))[1] ?? ''
    const names = ['-subj', '/CN=localhost', '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')]
    spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...names])
  }, 60_000)
  afterAll(async () => {
    for (const child of children) child.kill()
    await clear()
    rmSync(folder, { recursive: true, force: true })
  })

  it('api §Settings: nginx passes paths, streams and addresses on, over TLS', async () => {
    const listen = await freePort()
    const site = nginx()
      .replace('listen 443 ssl', `listen 127.0.0.1:${listen} ssl`)
      .replace('127.0.0.1:8080', `127.0.0.1:${port}`)
      .replace('/etc/ssl/xdms.example.com.pem', join(folder, 'cert.pem'))
      .replace('/etc/ssl/xdms.example.com.key', join(folder, 'key.pem'))
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (each) => `${each}_temp_path ${folder}/${each};`,
    )
    const main = `pid ${folder}/nginx.pid; error_log ${folder}/error.log; events {}`
    writeFileSync(join(folder, 'nginx.conf'), `${main} http { access_log off; ${paths.join(' ')}\n${site}}`)
    start('nginx', '-g', 'daemon off;', '-p', folder, '-c', join(folder, 'nginx.conf'))
    await expectPassedOn(`https://127.0.0.1:${listen}`)
    expect(await curl('-H', 'X-Forwarded-For: 192.0.2.7', `https://127.0.0.1:${listen}/nowhere`)).not.toBe('')
    expect(server.errors()).not.toContain('"address":"192.0.2.7"')
  }, 60_000)

  it('api §Settings: Caddy does so, too', async () => {
    const listen = await freePort()
    const site = caddy()
      .replace(/^xdms\.example\.com \{$/m, `https://localhost:${listen} {\n\ttls ${folder}/cert.pem ${folder}/key.pem`)
      .replace('127.0.0.1:8080', `127.0.0.1:${port}`)
    writeFileSync(join(folder, 'Caddyfile'), `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${site}`)
    start('caddy', 'run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile'))
    await expectPassedOn(`https://localhost:${listen}`)
  }, 60_000)

  it('api §Settings: fail2ban reads who guessed from the log, and nobody else', async () => {
    const base = `http://127.0.0.1:${port}`
    expect(await statusOf(base, 'admin-secret', '/api/users')).toBe('200')
    const from = ['-H', 'X-Forwarded-For: 192.0.2.99']
    await curl(...from, '-o', '/dev/null', '--digest', '-u', 'admin:wrong', `${base}/api/users`)
    const log = join(folder, 'xdms.log')
    // The line of a request is written behind its answer; before the guess there is the one of the challenge.
    const guessed = /"level":40,.*"address":"192\.0\.2\.99".*"status":401/
    await expect.poll(() => server.errors(), { timeout: 10_000 }).toMatch(guessed)
    writeFileSync(log, server.errors())
    const filter = join(folder, 'cpm-xdms.conf')
    writeFileSync(filter, fail2ban().slice(0, fail2ban().indexOf('# Second')))
    const { stdout } = await run('fail2ban-regex', ['--print-all-matched', log, filter])
    expect(stdout).toMatch(/Failregex: 1 total/)
    expect(stdout).toMatch(/^\|.*"address":"192\.0\.2\.99".*"status":401/m)
  }, 60_000)

  it('api §Settings: Prometheus takes the rules, and rules and dashboard name metrics that there are', async () => {
    const file = join(folder, 'rules.yaml')
    writeFileSync(file, prometheusRules())
    expect((await run('promtool', ['check', 'rules', file])).stdout).toContain('SUCCESS: 7 rules found')
    const metrics = await curl(`http://127.0.0.1:${port}/metrics`)
    const named = `${prometheusRules()}${grafana()}`.match(/\b(?:xdms|process)_[a-z_]+[a-z]\b/g) ?? []
    const there = new Set([...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name))
    expect(named.map((name) => name.replace(/_bucket$/, '')).filter((name) => !there.has(name))).toEqual([])
  })

  it('api §Settings: systemd takes the unit, and finds it well locked up', async () => {
    const unit = join(folder, 'cpm-xdms.service')
    writeFileSync(unit, systemd())
    const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', unit])
    expect(
      [stdout, stderr]
        .join('')
        .split('\n')
        .filter((line) => line.includes('cpm-xdms')),
    ).toEqual([])
    const security = await run('systemd-analyze', ['security', '--offline=yes', '--no-pager', unit])
    expect(Number(/Overall exposure level[^0-9]*([\d.]+)/.exec(security.stdout)?.[1])).toBeLessThan(2.5)
  })

  it('api §Settings: the health check of the image ends with 0 while the server is ready, else with 1', async () => {
    const [, script = ''] = /CMD \["node", "-e", "(.*)"\]/.exec(containerfile()) ?? []
    const exitOf = (at: string): number | null =>
      spawnSync(process.execPath, ['-e', script.replace('127.0.0.1:8081', at)]).status
    expect([exitOf(`127.0.0.1:${port}`), exitOf(`127.0.0.1:${await freePort()}`)]).toEqual([0, 1])
  })

  it('api §Settings: zsh takes the completion', async () => {
    const { stdout: completion } = await run(process.execPath, [
      '--import',
      'tsx',
      'src/main.ts',
      'print',
      'completion-zsh',
    ])
    // zsh looks by itself which of them fit what stands there.
    const asked = 'emulate ksh; COMP_WORDS=(cpm-xdms user a); COMP_CWORD=2; _cpm_xdms'
    const script = `${completion}\n${asked}; print \${COMPREPLY[@]}`
    const { stdout } = await run('zsh', ['-f', '-c', script], { env: { ...process.env, HOME: folder } })
    expect(stdout).toMatch(/^add list password role unlock import remove$/m)
  })
})
