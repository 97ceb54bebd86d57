// The mail server of npm run bench, a process of its own: it takes every message at once, counts it and forgets it.
import { createServer, type Socket } from 'node:net'

/** What it has taken since it was last asked; bytes as they came over the wire, commands with them. */
export type Taken = { messages: number; bytes: number }

let taken: Taken = { messages: 0, bytes: 0 }

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {})
  socket.write('220 sink\r\n')
  listen(socket)
}).listen(0, '127.0.0.1', () => process.send?.(server.address()))

process.on('message', () => {
  process.send?.(taken)
  taken = { messages: 0, bytes: 0 }
})

process.on('disconnect', () => process.exit())

const END_OF_LINE = '\r\n'
const END_OF_MESSAGE = '\r\n.\r\n'

function listen(socket: Socket): void {
  let unread = ''
  let inMessage = false
  socket.setEncoding('latin1').on('data', (text: string) => {
    taken.bytes += text.length
    unread += text
    for (;;) {
      const end = inMessage ? END_OF_MESSAGE : END_OF_LINE
      const at = unread.indexOf(end)
      if (at < 0) return
      const line = inMessage ? 'message' : unread.slice(0, 4).toUpperCase()
      unread = unread.slice(at + end.length)
      if (inMessage) taken.messages++
      inMessage = line === 'DATA'
      socket.write(ANSWERS[line] ?? '250 ok\r\n')
      if (line === 'QUIT') socket.end()
    }
  })
}

const ANSWERS: Record<string, string> = { EHLO: '250 sink\r\n', DATA: '354 go on\r\n', QUIT: '221 bye\r\n' }
