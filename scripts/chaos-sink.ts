// The mail server of the chaos run, a process of its own: it takes messages, writes down each one it took, and now and
// then fails as mail servers do. What it wrote down is what the run is judged by.
import '../service/platform/node-version.ts'
import { appendFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { seededRandom } from '../service/platform/secrets.ts'

const [port, log, share] = process.argv.slice(2)
const random = seededRandom(`sink ${port} ${process.pid}`)
const chance = (): number => new DataView(random(4).buffer).getUint32(0) / 2 ** 32

/** What goes wrong, each as often as the others; `after`: once the whole message is there. */
const FAULTS = {
  greeting: ['421 4.3.2 too busy', 'hang up', 'silence'],
  recipient: ['450 4.2.1 come back later', '421 4.3.2 going down', 'hang up', 'silence'],
  message: ['451 4.3.0 try again', '452 4.3.1 no room', 'hang up'],
} as const
const faultAt = (stage: keyof typeof FAULTS): string | null => {
  const faults = FAULTS[stage]
  return chance() < Number(share) / 3 ? faults[Math.floor(chance() * faults.length)]! : null
}

createServer((socket) => {
  socket.setNoDelay(true)
  socket.on('error', () => {})
  void answer(socket, faultAt('greeting') ?? '220 sink')
  let rest = ''
  let body: string | null = null
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => {
    rest += text
    for (;;) {
      if (body !== null) {
        const end = rest.indexOf('\r\n.\r\n')
        if (end < 0) return
        const message = rest.slice(0, end)
        rest = rest.slice(end + 5)
        body = null
        void take(socket, message)
        continue
      }
      const end = rest.indexOf('\r\n')
      if (end < 0) return
      const line = rest.slice(0, end)
      rest = rest.slice(end + 2)
      if (/^DATA$/i.test(line)) body = ''
      void answer(socket, replyTo(line))
    }
  })
}).listen(Number(port), '127.0.0.1', () => process.send?.('listening'))

function replyTo(line: string): string {
  if (/^RCPT/i.test(line)) return faultAt('recipient') ?? '250 2.1.5 ok'
  if (/^DATA$/i.test(line)) return '354 go on'
  if (/^QUIT/i.test(line)) return '221 bye'
  if (/^(EHLO|HELO)/i.test(line)) return '250 sink'
  return '250 2.0.0 ok'
}

async function take(socket: Socket, message: string): Promise<void> {
  const fault = faultAt('message')
  if (fault) return answer(socket, fault)
  const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(message)?.[1]?.trim() ?? ''
  // Written down before it is acknowledged: a message acknowledged has been taken.
  appendFileSync(log!, `${JSON.stringify({ id: header('Message-ID'), to: header('To') })}\n`)
  await answer(socket, '250 2.0.0 taken')
}

const SILENCE = 5_000

async function answer(socket: Socket, reply: string): Promise<void> {
  if (reply === 'silence') await wait(SILENCE)
  if (reply === 'silence' || reply === 'hang up') socket.destroy()
  else socket.write(`${reply}\r\n`)
  if (/^421|^221/.test(reply)) socket.end()
}
