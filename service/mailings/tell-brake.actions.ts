// Tells a programme's staff by mail that the service holds mail back, and how to let it go. At least once.
import type { Programme } from '../panel/frame.ts'
import { rowId } from '../platform/secrets.ts'
import type { Deps } from '../waves/deps.ts'
import { findUntoldBrake, markTold } from './brakes.queries.ts'
import { noticeMail } from './notice.mails.tsx'

type TellDeps = Pick<Deps, 'db' | 'clock' | 'mailer' | 'frame' | 'log'>

/** Tells of one brake, to each programme it concerns; false when there is none to tell of, or no mail can go out. */
export async function tellNextBrake(deps: TellDeps): Promise<boolean> {
  const { db, clock, mailer } = deps
  const brake = await findUntoldBrake(db)
  if (!brake) return false
  const at = clock.now()
  for (const programme of concerned(deps, brake.scope)) {
    const { sender, controller } = programme
    const domain = sender.address.split('@')[1]
    const outcome = await mailer.send({
      ...noticeMail({ ...brake, programme }),
      messageId: `<${rowId()}.notice@${domain}>`,
      date: at,
      from: { name: sender.name, address: sender.address },
      replyTo: { name: sender.name, address: sender.replyTo },
      to: controller.contact,
      headers: { 'Auto-Submitted': 'auto-generated' },
    })
    if (!outcome.ok) {
      deps.log.error({ cause: brake.cause, failed: outcome.code }, 'staff could not be told that mail is held')
      return false
    }
  }
  return markTold(db, brake.id, at)
}

const concerned = ({ frame }: Pick<Deps, 'frame'>, scope: string): Programme[] =>
  frame.programmes.filter(({ programme }) => !scope.startsWith('wave ') || scope.startsWith(`wave ${programme}/`))
