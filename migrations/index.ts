// The migrations in order. Add at the end; never change one that has run anywhere.
import { up as firstSchema } from './0001-first-schema.ts'
import { up as lookups } from './0002-lookups.ts'
import { up as wavesAndMail } from './0003-waves-and-mail.ts'
import { up as publications } from './0004-publications.ts'
import { up as auditChain } from './0005-audit-chain.ts'
import { up as staff } from './0006-staff.ts'
import { up as planOrigin } from './0008-plan-origin.ts'
import { up as waveControl } from './0009-wave-control.ts'
import { up as mailTexts } from './0010-mail-texts.ts'
import { up as workbench } from './0011-console.ts'

export const migrations = {
  '0001-first-schema': { up: firstSchema },
  '0002-lookups': { up: lookups },
  '0003-waves-and-mail': { up: wavesAndMail },
  '0004-publications': { up: publications },
  '0005-audit-chain': { up: auditChain },
  '0006-staff': { up: staff },
  '0008-plan-origin': { up: planOrigin },
  '0009-wave-control': { up: waveControl },
  '0010-mail-texts': { up: mailTexts },
  '0011-console': { up: workbench },
}
