/** The settings of what HTTP bears. */
import { milliseconds, setting, whole } from './setting.ts'

export const HTTP_LIMIT_SETTINGS = {
  XDMS_TARGET_BYTES: setting(
    '8192',
    whole(),
    'Bytes of a request target. The longest honest one is a node selector of about 4 KiB (414).',
  ),
  XDMS_HEADERS: setting(
    '100',
    whole(),
    'Header fields of a request. Clients and the proxies before us send 10 to 40; more are refused, never ' +
      'dropped (431).',
  ),
  XDMS_HEADER_BYTES: setting('16384', whole(), 'Bytes of all header fields of a request: node’s own default (431).'),
  XDMS_HEADERS_TIMEOUT_MS: setting(
    '5000',
    milliseconds(),
    'Milliseconds for the header fields to arrive; slower is a slow-header attack (408).',
  ),
  XDMS_REQUEST_TIMEOUT_MS: setting(
    '10000',
    milliseconds(),
    'Milliseconds for the whole request to arrive: the largest message in base64 at 12 Mbit/s (408).',
  ),
  XDMS_KEEP_ALIVE_MS: setting(
    '65000',
    milliseconds(),
    'Milliseconds that an idle connection is kept: longer than proxies do, so that they close first.',
  ),
  XDMS_REQUESTS_IN_FLIGHT: setting('512', whole(), 'Requests at once; more would only wait for each other (503).'),
  XDMS_REQUESTS_OF_USER: setting(
    '64',
    whole(),
    'The same of one user: an eighth, so that nobody takes the room of the others (429). Participating ' +
      'functions have none.',
  ),
  XDMS_LOGINS: setting(
    '64',
    whole(),
    'Logins of browsers at once, whose bodies come from anybody: an eighth of all requests, so that who sends them ' +
      'slowly keeps out nobody else (503).',
  ),
  XDMS_LOGINS_OF_ADDRESS: setting('16', whole(), 'The same from one address: a quarter (429).'),
  XDMS_REQUESTS_AHEAD: setting(
    '64',
    whole(),
    'Requests that a connection may send ahead of their answers; who sends more does not wait for them, and is cut.',
  ),
  XDMS_ANSWER_MS: setting(
    '10000',
    milliseconds(),
    'Milliseconds in which a client must take its answer, a second more for each 32 KB; then its connection is cut.',
  ),
  XDMS_BODY_BYTES_IN_FLIGHT: setting(
    '268435456',
    whole(),
    'Bytes of all bodies being read or worked on, so that memory has a bound (503).',
  ),
  XDMS_BODY_BYTES_OF_USER: setting('67108864', whole(), 'The same of one user: a quarter (429).'),
  XDMS_JSON_BYTES: setting('131072', whole(), 'Bytes of a JSON body that is no message: twice a document (413).'),
  XDMS_IMPORT_BYTES: setting('8388608', whole(), 'Bytes of the lines of one import of accounts (413): some 80,000.'),
  XDMS_JSON_DEPTH: setting('16', whole(), 'Objects and arrays inside each other in a JSON body (400); ours have six.'),
  XDMS_JSON_MEMBERS: setting('10000', whole(), 'Members of a JSON body (400): as many as a document has elements.'),
  XDMS_MESSAGE_BYTES: setting('10485760', whole(), 'Bytes of a message’s body, decoded (413).'),
  XDMS_STREAMS: setting('32768', whole(), 'Event streams open at once: half of the usual limit of open files (503).'),
  XDMS_STREAMS_OF_USER: setting(
    '256',
    whole(),
    'The same of one user: an inbox for each of 64 devices, and what they watch (429).',
  ),
  XDMS_BACKLOG_BYTES: setting(
    '268435456',
    whole(),
    'Bytes that all open inboxes together may be behind; one that would be more is closed, and offered the ' +
      'rest when it opens.',
  ),
  XDMS_BACKLOG_BYTES_OF_USER: setting('67108864', whole(), 'The same of one user: a quarter.'),
  XDMS_INBOX_BACKLOG_BYTES: setting(
    '33554432',
    whole(),
    'Bytes that an open inbox may be behind: more than the largest message, and it does not read. It is ' +
      'closed, and what it missed is offered again.',
  ),
  XDMS_QUIET_MS: setting(
    '15000',
    milliseconds(),
    'Milliseconds between signs of life in an event stream: proxies close what is silent for 30 to 60 s.',
  ),
  XDMS_DRAIN_MS: setting(
    '8000',
    milliseconds(),
    'Milliseconds that begun requests get when the server ends; the exit comes within ten seconds.',
  ),
  XDMS_LAME_DUCK_MS: setting(
    '1000',
    milliseconds(0),
    'Milliseconds of these that an idle connection stays open: its client may just be sending, and is told so.',
  ),
} as const
