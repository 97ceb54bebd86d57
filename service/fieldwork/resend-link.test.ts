// A link sent again by the staff: to whom it goes, what stands against it, and that it goes once a day and by day.
import { beforeEach, expect, test } from 'vitest'
import { askLink } from '../mailings/ask-link.actions.ts'
import { onEachEngineWithMail, sendAllDue, storedMailings, W1_OPENS } from '../mailings/testing.ts'
import { enrol, type TestService } from '../testing.ts'
import { resendLink } from './resend-link.actions.ts'

const NOON = W1_OPENS.add({ hours: 26 })

onEachEngineWithMail((world) => {
  let service: TestService
  beforeEach(async () => {
    service = world().service
  })

  const resend = (matricule = 'TEVO1-0001') => resendLink(service, { programme: 'tevo', matricule, actor: 'sam' })
  const links = async () => (await storedMailings(service)).filter(({ kind }) => kind === 'link')

  async function invited(cells: object = {}): Promise<void> {
    await enrol(service, [cells])
    service.clock.jumpTo(W1_OPENS)
    await sendAllDue(service)
    service.clock.jumpTo(NOON)
  }

  test('goes with the next beat, and is written in the journal without an address', async () => {
    await invited()
    expect(await resend()).toEqual({ ok: true, waves: ['w1'], at: NOON })
    await sendAllDue(service)
    expect(world().smtp.taken.at(-1)!.recipients).toEqual(['ana@example.org'])
    expect(await links()).toMatchObject([{ kind: 'link', sent_at: NOON, scope: 'tevo/w1' }])
    const { id } = await service.db.selectFrom('identity.panel_member').select('id').executeTakeFirstOrThrow()
    const events = await service.db
      .selectFrom('audit.event')
      .where('actor', '=', 'sam')
      .select(['action', 'subject', 'detail'])
      .execute()
    expect(events).toEqual([{ action: 'link sent again', subject: id, detail: { programme: 'tevo', waves: ['w1'] } }])
  })

  test('goes once a day, whoever asks, and again the day after', async () => {
    await invited()
    await askLink(service, 'ana@example.org')
    expect(await resend()).toEqual({ ok: false, because: 'resent before' })
    service.clock.jumpTo(NOON.add({ hours: 24 }))
    const outcomes = await Promise.all([resend(), resend()])
    expect(outcomes.map(({ ok }) => ok).toSorted()).toEqual([false, true])
    await askLink(service, 'ana@example.org')
    expect(await links()).toHaveLength(2)
  })

  test('waits for the morning where the person is', async () => {
    await invited({ fuseau_horaire: 'Pacific/Auckland' })
    const morning = Temporal.Instant.from('2026-10-16T19:00:00Z')
    expect(await resend()).toEqual({ ok: true, waves: ['w1'], at: morning })
    await sendAllDue(service)
    expect(await links()).toMatchObject([{ sent_at: null }])
    service.clock.jumpTo(morning)
    await sendAllDue(service)
    expect(await links()).toMatchObject([{ sent_at: morning }])
  })

  test('does not go, and says why', async () => {
    await invited()
    const member = (set: object) => service.db.updateTable('identity.panel_member').set(set).execute()
    expect(await resend('TEVO1-9999')).toEqual({ ok: false, because: 'unknown member' })
    await member({ opted_out_at: NOON })
    expect(await resend()).toEqual({ ok: false, because: 'opted out' })
    await member({ opted_out_at: null, email_failed_at: NOON })
    expect(await resend()).toEqual({ ok: false, because: 'no address' })
    await member({ email_failed_at: null })
    service.clock.jumpTo(Temporal.Instant.from('2026-11-26T00:00:00Z'))
    expect(await resend()).toEqual({ ok: false, because: 'nothing open' })
    expect(await links()).toEqual([])
  })
})
