// A real mail server between us and a mailbox that does not exist: Postfix takes the message, cannot deliver it, and its
// own report comes back through its own pipe to the command line. Postfix is Debian's; the machine must have it.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../platform/clock.ts'
import { smtpMailer } from '../platform/mailer.ts'
import { freePort } from '../platform/testing-server.ts'
import { addressHash } from '../platform/tokens.ts'
import { enrolDueNow, openTestService, type TestService } from '../testing.ts'
import { until } from '../testing-process.ts'
import { headerOf, sendAllDue, startSmtp, storedMailings, type TestSmtp } from './testing.ts'

const BOUNCES = 'bounces@returned.example'
const folder = mkdtempSync(join(tmpdir(), 'retour-postfix-'))
let service: TestService
let mailbox: TestSmtp
let port: number

beforeAll(async () => {
  service = await openTestService('PostgreSQL', systemClock.now().toString())
  service.clock.letRun()
  service.config = { ...service.config, mail: { ...service.config.mail, bounceAddress: BOUNCES } }
  mailbox = await startSmtp()
  port = await freePort()
  writeConfiguration()
  postfix('start')
  service.mailer.close()
  service.mailer = smtpMailer(`smtp://127.0.0.1:${port}`)
})
afterAll(async () => {
  postfix('stop')
  service.mailer.close()
  await mailbox.stop()
  await service.close()
  rmSync(folder, { recursive: true, force: true })
})

function postfix(command: 'start' | 'stop'): void {
  const done = spawnSync('/usr/sbin/postfix', ['-c', join(folder, 'etc'), command], { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`postfix ${command} failed: ${done.stderr}`)
}

/** A Postfix of its own: nobody lives at refuses.example, taken.example has a mailbox, and reports go to our pipe. */
function writeConfiguration(): void {
  chmodSync(folder, 0o755)
  for (const name of ['etc', 'queue', 'data']) mkdirSync(join(folder, name))
  spawnSync('chown', ['postfix', join(folder, 'data')])
  const settings = {
    compatibility_level: '3.6',
    queue_directory: join(folder, 'queue'),
    data_directory: join(folder, 'data'),
    maillog_file: join(folder, 'data', 'log'),
    maillog_file_prefixes: folder,
    mail_owner: 'postfix',
    setgid_group: 'postdrop',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    myhostname: 'mta.example',
    mydestination: 'refuses.example',
    local_recipient_maps: '',
    mynetworks: '127.0.0.0/8',
    smtpd_relay_restrictions: 'permit_mynetworks, reject',
    recipient_delimiter: '',
    transport_maps: `inline:{ taken.example=smtp:[127.0.0.1]:${new URL(mailbox.url).port}, returned.example=retour: }`,
    smtp_tls_security_level: 'none',
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`)
  writeFileSync(join(folder, 'etc', 'main.cf'), `${lines.join('\n')}\n`)
  const services = [
    `127.0.0.1:${port} inet n - n - - smtpd`,
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'rewrite unix - - n - - trivial-rewrite',
    ...['bounce', 'defer', 'trace'].map((name) => `${name} unix - - n - 0 bounce`),
    'flush unix n - n 1000? 0 flush',
    'proxymap unix - - n - - proxymap',
    'smtp unix - - n - - smtp',
    'error unix - - n - - error',
    'retry unix - - n - - error',
    'local unix - n n - - local',
    'anvil unix - - n - 1 anvil',
    'scache unix - - n - 1 scache',
    'postlog unix-dgram n - n - 1 postlogd',
    `retour unix - n n - 2 pipe flags=Rq user=nobody argv=${join(folder, 'bounce.sh')} \${recipient}`,
  ]
  writeFileSync(join(folder, 'etc', 'master.cf'), `${services.join('\n')}\n`)
  writeFileSync(join(folder, 'bounce.sh'), pipe(), { mode: 0o755 })
}

/** What an operator writes into the service's own environment, and the command. */
function pipe(): string {
  const data = join(folder, 'retour')
  mkdirSync(data)
  chmodSync(data, 0o777)
  const settings = {
    BASE_URL: 'https://retour.example',
    DATABASE_URL: service.database.url!,
    DATA_DIR: data,
    LINK_KEY: '01'.repeat(32),
    CELL_KEY: '02'.repeat(32),
    COOKIE_KEY: '03'.repeat(32),
    MAIL_BRAKES: 'off',
    BOUNCE_ADDRESS: BOUNCES,
  }
  const exports = Object.entries(settings).map(([name, value]) => `export ${name}='${value}'`)
  return `#!/bin/sh\n${exports.join('\n')}\ncd '${resolve('.')}'\nexec '${process.execPath}' --import tsx scripts/bounce.ts "$1" >>'${data}/said' 2>&1\n`
}

test('a mail to an address that is refused comes back as a report, and the second address gets it', {
  timeout: 120_000,
}, async () => {
  await enrolDueNow(service, 1)
  await service.db
    .updateTable('identity.panel_member')
    .set({ email: 'nobody-here@refuses.example', email_secondary: 'ana@taken.example' })
    .execute()
  await sendAllDue(service)
  const [sent] = await storedMailings(service)
  expect(sent!.sent_at).not.toBeNull()

  const failedAt = async () =>
    (await service.db.selectFrom('identity.panel_member').select('email_failed_at').executeTakeFirstOrThrow())
      .email_failed_at
  await until('the report has come back', async () => (await failedAt()) !== null)
  const bounces = await service.db.selectFrom('fieldwork.bounce').selectAll().execute()
  expect(bounces).toMatchObject([{ mailing_id: sent!.id, kind: 'hard', status: '5.1.1', source: 'pipe' }])

  await until('the second address has it', async () => {
    await sendAllDue(service)
    return mailbox.taken.length > 0
  })
  const [again] = await storedMailings(service)
  expect(again!.id).toBe(sent!.id)
  expect(Buffer.from(again!.sent_to!)).toEqual(Buffer.from(addressHash(service.config.keys.link, 'ana@taken.example')))
  expect(mailbox.taken.map(({ recipients }) => recipients)).toEqual([['ana@taken.example']])
  expect(headerOf(mailbox.taken[0]!, 'Message-ID')).toContain(sent!.id)
})
