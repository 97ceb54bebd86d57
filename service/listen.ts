// The door of every process that serves pages: one server, with its limits.
import { once } from 'node:events'
import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { refuse } from './process.ts'

/** Listens; a port that cannot be had is told in a sentence, and the process leaves. */
export async function listen(
  fetch: Parameters<typeof createAdaptorServer>[0]['fetch'],
  { port, host }: { port: number; host: string },
): Promise<Server> {
  const server = createAdaptorServer({
    fetch,
    serverOptions: { headersTimeout: 15_000, requestTimeout: 30_000, keepAliveTimeout: 5_000 },
  }) as Server
  server.maxConnections = 2_000
  const failed = once(server, 'error').then(([error]) => {
    const { code } = error as NodeJS.ErrnoException
    refuse(
      code === 'EADDRINUSE'
        ? `Port ${port} is taken. Choose another: PORT=3001 npm start`
        : `Cannot listen on ${host}:${port} (${code}).`,
    )
  })
  server.listen(port, host)
  await Promise.race([once(server, 'listening'), failed])
  return server
}
