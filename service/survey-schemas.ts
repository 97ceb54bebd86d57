// The files of surveys/ as JSON Schema, so that an editor completes them and says what is wrong while they are written.
import { z } from 'zod'
import { IndicatorFile } from './instruments/indicator.ts'
import { InstrumentFile } from './instruments/instrument.ts'
import { ItemFile, MeasureFile, ScaleFile } from './instruments/item.ts'
import { Programme, SegmentFile } from './panel/frame.ts'
import { MailTextFile } from './waves/mail-texts.ts'
import { PlanFile } from './waves/plan.ts'

/** A schema (draft 2020-12) for each kind of file, by the name it has in surveys/schemas/. */
export const surveySchemas = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries({
      items: ItemFile,
      instrument: InstrumentFile,
      measures: MeasureFile,
      indicators: IndicatorFile,
      scales: ScaleFile,
      segments: SegmentFile,
      programme: Programme,
      plan: PlanFile,
      mails: MailTextFile,
    }).map(([name, schema]) => {
      const described = z.toJSONSchema(schema, {
        io: 'input',
        unrepresentable: 'any',
        target: 'draft-2020-12',
        reused: 'ref',
      })
      return [`${name}.schema.json`, `${JSON.stringify({ title: name, ...described }, null, 2)}\n`]
    }),
  )
