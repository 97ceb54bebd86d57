// A mail server for tests that answers each step as it is told, or does what no server should. It reads lines and knows
// what it was sent whole; for a server that behaves, tests take smtp-server.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** What it says at one step, or what it does instead: the connection is then no longer its own. */
export type Act = string | ((socket: Socket) => unknown)
export type Step = 'greeting' | 'EHLO' | 'STARTTLS' | 'AUTH' | 'MAIL' | 'RCPT' | 'DATA' | 'message' | 'RSET'
export type Script = Partial<Record<Step, Act>>

/** A message whose last line, the dot, has arrived; more than one recipient would stand with a comma. */
export type Received = { from: string; to: string; raw: string }

export type Sink = {
  url: string
  /** What it does; may be changed at any time. */
  script: Script
  received: Received[]
  /** How many connections there have been, and how many there are. */
  accepted: number
  open(): number
  stop(): Promise<void>
}

const SAYS: Record<Step, string> = {
  greeting: '220 sink.example ESMTP',
  EHLO: '250 sink.example',
  STARTTLS: '502 5.5.1 no TLS here',
  AUTH: '235 2.7.0 come in',
  MAIL: '250 2.1.0 yes',
  RCPT: '250 2.1.5 yes',
  DATA: '354 go on',
  message: '250 2.0.0 taken',
  RSET: '250 2.0.0 forgotten',
}
const NO_TRANSACTION = '503 5.5.1 nobody to send it to'

/** Starts such a server on a free port of the loopback; of its other addresses than the usual one we ask for TLS. */
export async function startSink(script: Script = {}, host = '127.0.0.1'): Promise<Sink> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sink.accepted++
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    converse(socket, sink)
  }).listen(0, host)
  await once(server, 'listening')
  const sink: Sink = {
    url: `smtp://${host}:${(server.address() as AddressInfo).port}`,
    script,
    received: [],
    accepted: 0,
    open: () => sockets.size,
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  return sink
}

function converse(socket: Socket, sink: Sink): void {
  let unread = ''
  let inMessage = false
  let from: string | null = null
  let to: string | null = null

  /** Acts, and tells whether the answer was a yes. */
  function act(step: Step): boolean {
    const what = sink.script[step] ?? SAYS[step]
    if (typeof what === 'string') {
      socket.write(`${what}\r\n`)
      if (what.startsWith('421')) socket.end()
      return /^[23]/.test(what)
    }
    socket.off('data', read)
    what(socket)
    return false
  }
  function obey(line: string): void {
    const step = line.split(' ')[0]!.toUpperCase()
    const address = /<(.*?)>/.exec(line)?.[1] ?? ''
    if (step === 'MAIL') {
      to = null
      from = act('MAIL') ? address : null
    } else if ((step === 'RCPT' && from === null) || (step === 'DATA' && to === null))
      socket.write(`${NO_TRANSACTION}\r\n`)
    else if (step === 'RCPT') to = act('RCPT') ? [...(to ? [to] : []), address].join(', ') : to
    else if (step === 'DATA') inMessage = act('DATA')
    else if (step in SAYS) act(step as Step)
    else socket.write('500 5.5.2 what?\r\n')
  }
  function take(raw: string): void {
    inMessage = false
    sink.received.push({ from: from ?? '', to: to ?? '', raw: raw.replace(/^\.\./gm, '.') })
    from = to = null
    act('message')
  }
  function read(chunk: Buffer | string): void {
    unread += String(chunk)
    for (let end = endOf(); end >= 0 && socket.listeners('data').includes(read); end = endOf()) {
      const said = unread.slice(0, end)
      unread = unread.slice(end + (inMessage ? DOT.length : 2))
      if (inMessage) take(`${said}\r\n`)
      else obey(said)
    }
  }
  const endOf = () => unread.indexOf(inMessage ? DOT : '\r\n')
  socket.setEncoding('latin1').on('data', read)
  act('greeting')
}

const DOT = '\r\n.\r\n'

/** Says nothing, and leaves the connection as it is. */
export const silence = (): void => {}
/** Closes its side as TCP does it. */
export const hangUp = (socket: Socket): unknown => socket.end()
/** Breaks the connection off. */
export const breakOff = (socket: Socket): unknown => socket.resetAndDestroy()
/** Says it one character after another, so many milliseconds apart; then the connection hangs. */
export const drip =
  (text: string, pause: number): Act =>
  (socket) => {
    const rest = [...text]
    const timer = setInterval(() => {
      const next = rest.shift()
      if (next !== undefined && socket.writable) socket.write(next)
      else clearInterval(timer)
    }, pause)
    socket.on('close', () => clearInterval(timer))
  }
/** Says it, and does something a moment later, or when the next bytes come. */
export const sayThen =
  (line: string, then: (socket: Socket) => unknown, when: 'next bytes' | number): Act =>
  (socket) => {
    socket.write(`${line}\r\n`)
    if (when === 'next bytes') socket.once('data', () => then(socket))
    else setTimeout(() => then(socket), when)
  }
