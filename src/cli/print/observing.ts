/**
 * For who watches the server: alarms, a dashboard, and who guesses passwords.
 * src/cli/README.md says what to do at each.
 */

interface Alarm {
  readonly name: string
  readonly when: string
  readonly lasts: string
  readonly severity: 'page' | 'ticket'
  readonly says: string
}

const ALARMS: readonly Alarm[] = [
  {
    name: 'XdmsDown',
    when: 'up{job="cpm-xdms"} == 0',
    lasts: '1m',
    severity: 'page',
    says: 'the server does not answer',
  },
  {
    name: 'XdmsStoreFails',
    when: 'increase(xdms_store_failures_total[5m]) > 0',
    lasts: '0m',
    severity: 'page',
    says: 'the store could not write; the log has the reason, at level error',
  },
  {
    name: 'XdmsErrors',
    when:
      'sum by (instance) (rate(xdms_requests_total{status=~"5.."}[5m])) > ' +
      '0.05 * sum by (instance) (rate(xdms_requests_total[5m]))',
    lasts: '5m',
    severity: 'page',
    says: 'more than one request in twenty is answered 5xx',
  },
  {
    name: 'XdmsDiskFull',
    when: 'predict_linear(xdms_disk_free_bytes[6h], 86400) < 0',
    lasts: '30m',
    severity: 'page',
    says: 'the disk is full within a day, if it goes on like this',
  },
  {
    name: 'XdmsQueueStuck',
    when: 'sum by (instance) (xdms_messages_waiting{reason=~"not-reached|not-acknowledged"}) > 1000',
    lasts: '30m',
    severity: 'ticket',
    says: 'many messages wait for devices that are registered and do not take them',
  },
  {
    name: 'XdmsGuessing',
    when: 'sum by (instance) (rate(xdms_logins_refused_total[5m])) > 1',
    lasts: '10m',
    severity: 'ticket',
    says: 'somebody guesses passwords; the log has the addresses',
  },
  {
    name: 'XdmsSlow',
    when: 'histogram_quantile(0.99, sum by (le, instance) (rate(xdms_request_duration_seconds_bucket[5m]))) > 1',
    lasts: '10m',
    severity: 'ticket',
    says: 'one request in a hundred takes more than a second',
  },
]

export function prometheusRules(): string {
  return `# Rules for Prometheus, which reads /metrics of the operators' listener as the job cpm-xdms.
groups:
  - name: cpm-xdms
    rules:
${ALARMS.map(
  ({ name, when, lasts, severity, says }) => `      - alert: ${name}
        expr: '${when}'
        for: ${lasts}
        labels: { severity: ${severity} }
        annotations: { summary: '{{ $labels.instance }}: ${says}' }`,
).join('\n')}
`
}

const PANELS: readonly (readonly [title: string, unit: string, expression: string, legend: string])[] = [
  ['Requests by status', 'reqps', 'sum by (status) (rate(xdms_requests_total[5m]))', '{{status}}'],
  [
    'Duration, 99 of 100',
    's',
    'histogram_quantile(0.99, sum by (le) (rate(xdms_request_duration_seconds_bucket[5m])))',
    'p99',
  ],
  ['Messages that wait, by why', 'short', 'sum by (reason) (xdms_messages_waiting)', '{{reason}}'],
  ['Oldest message that waits', 's', 'max(xdms_messages_oldest_waiting_seconds)', 'oldest'],
  ['Messages that ended', 'short', 'sum by (state) (increase(xdms_messages_ended_total[1h]))', '{{state}}'],
  ['Open inboxes and streams', 'short', 'sum(xdms_open_inboxes) or sum(xdms_open_streams)', '{{__name__}}'],
  ['Logins refused', 'reqps', 'sum by (why) (rate(xdms_logins_refused_total[5m]))', '{{why}}'],
  ['XCAP by usage', 'reqps', 'sum by (auid) (rate(xdms_xcap_requests_total[5m]))', '{{auid}}'],
  ['Store and free disk', 'bytes', '{__name__=~"xdms_store_bytes|xdms_disk_free_bytes"}', '{{__name__}}'],
  ['Memory', 'bytes', 'process_resident_memory_bytes{job="cpm-xdms"}', '{{instance}}'],
]

/** A dashboard to import. */
export function grafana(): string {
  const panels = PANELS.map(([title, unit, expr, legendFormat], at) => ({
    id: at + 1,
    type: 'timeseries',
    title,
    datasource: { type: 'prometheus', uid: '${datasource}' },
    gridPos: { x: (at % 2) * 12, y: Math.floor(at / 2) * 8, w: 12, h: 8 },
    fieldConfig: { defaults: { unit }, overrides: [] },
    targets: [{ refId: 'A', expr, legendFormat }],
  }))
  const templating = { list: [{ name: 'datasource', type: 'datasource', query: 'prometheus' }] }
  return JSON.stringify(
    { title: 'cpm-xdms', uid: 'cpm-xdms', schemaVersion: 39, refresh: '30s', tags: [], templating, panels },
    undefined,
    2,
  )
}

export function fail2ban(): string {
  return `# Two files in one. First /etc/fail2ban/filter.d/cpm-xdms.conf: a request that said who it is (level 40) and was not
# believed. The first 401 of every login by Digest has level 30, and counts for nothing. fail2ban takes the time out of a
# line before it looks at the rest.
[Definition]
failregex = ^.*?\\{"level":40,(?:"time":\\d+)?,"requestId":"[^"]*","address":"<HOST>","method":"[A-Z]+",.*"status":(?:401|429),
datepattern = "time":{LEPOCH}
journalmatch = _SYSTEMD_UNIT=cpm-xdms.service

# Second /etc/fail2ban/jail.d/cpm-xdms.conf. A client whose nonce was too old is among the 401, once in five minutes.
#[cpm-xdms]
#enabled  = true
#backend  = systemd
#port     = http,https
#maxretry = 20
#findtime = 10m
#bantime  = 1h
`
}
