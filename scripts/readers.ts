// The researchers of npm run bench, a process of their own: each asks for one address again and again.
import { Agent, request } from 'node:http'

export type Reading = { port: number; path: string; token: string; inFlight: number; seconds: number }
export type Read = { answers: number; seconds: number; bytes: number; failed?: string }

const agent = new Agent({ keepAlive: true })

process.on('message', async (reading: Reading) => {
  const read = await readFor(reading).catch((error: Error) => ({
    answers: 0,
    seconds: 1,
    bytes: 0,
    failed: error.message,
  }))
  process.send?.(read satisfies Read)
})

async function readFor(reading: Reading): Promise<Read> {
  const start = performance.now()
  const until = start + reading.seconds * 1000
  let [answers, bytes] = [0, 0]
  const reader = async () => {
    while (performance.now() < until) {
      bytes = await ask(reading)
      answers++
    }
  }
  await Promise.all(Array.from({ length: reading.inFlight }, reader))
  return { answers, bytes, seconds: (performance.now() - start) / 1000 }
}

function ask({ port, path, token }: Reading): Promise<number> {
  return new Promise((resolve, reject) => {
    const asking = request({ port, path, agent, headers: { Authorization: `Bearer ${token}` } }, (answer) => {
      let bytes = 0
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      answer.on('end', () =>
        answer.statusCode === 200 ? resolve(bytes) : reject(new Error(`${path}: ${answer.statusCode}`)),
      )
    })
    asking.on('error', reject)
    asking.end()
  })
}
