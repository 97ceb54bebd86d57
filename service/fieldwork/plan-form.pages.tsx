// The form with every setting of a wave plan, each explained in a sentence; rows come and go by buttons that send it.
import type { Child, FC } from 'hono/jsx'
import type { SignedIn } from '../access/sign-in.actions.ts'
import { type InProgramme, programmeAddress, StaffPage } from '../access/staff.pages.tsx'
import { Choice, ErrorSummary, FieldGroup, TextField } from '../platform/forms.tsx'
import { type Language, sayDayOfWeek, sayMonthOfYear, type WordKey, type Words, wordsIn } from '../platform/i18n.ts'
import { LATE_ENROLMENT } from '../waves/plan.ts'
import { InForce, type InForceProps } from './plan.pages.tsx'
import { DAYS, ownDelay, type PlanFields, type PlanProblem, rowsIn, type Wrong } from './plan-form.ts'
import { sayDelay, sayLate } from './plan-words.ts'

export type PlanFormProps = {
  visitor: SignedIn
  programme: InProgramme
  fields: PlanFields
  problems?: readonly PlanProblem[] | undefined
  inForce: InForceProps
  /** The waves of the plan in force: their codes stay as they are. */
  known: readonly string[]
  /** The questionnaires there are. */
  instruments: readonly string[]
  /** Whether it has just been sent and says nothing new. */
  isSame?: boolean | undefined
}

/** What the parts of the form share. */
type View = {
  t: Words
  language: Language
  /** Where the form is sent. */
  action: string
  fields: PlanFields
  value(name: string): string
  error(field: string): string | undefined
  /** Whether something is wrong in a row. */
  isWrong(row: string): boolean
}

export const PlanFormPage: FC<PlanFormProps> = ({ visitor, programme, fields, problems = [], isSame, ...page }) => {
  const { language } = visitor
  const t = wordsIn(language)
  const view: View = {
    t,
    language,
    action: programmeAddress(programme.programme, '/plan/preview'),
    fields,
    value: (name) => fields.get(name)?.at(-1) ?? '',
    error: (field) => {
      const problem = problems.find((one) => one.field === field)
      return problem && t(WRONG[problem.wrong])
    },
    isWrong: (row) => problems.some(({ field }) => field.startsWith(`${row}.`)),
  }
  const errors = problems.map(({ field, wrong }) => ({
    field,
    label: t('plan.labelled', { label: labelOf(view, field) }),
    message: t(WRONG[wrong]),
  }))
  return (
    <StaffPage visitor={visitor} programme={programme} title={t('plan.title')}>
      <ErrorSummary title={t('form.errors')} errors={errors} />
      {isSame && (
        <p class="notice" role="status">
          {t('plan.same')}
        </p>
      )}
      <p>{t('plan.intro')}</p>
      <InForce language={language} {...page.inForce} />
      <form method="post" action={view.action} novalidate>
        {/* The Enter key presses a form's first button, which must not be one that takes a row away. */}
        {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: tabindex -1 keeps the keyboard away from it */}
        <button class="heard" type="submit" tabindex={-1} aria-hidden="true" />
        <input type="hidden" name="version" value={view.value('version')} />
        <When view={view} />
        <Contacts view={view} />
        <Around view={view} />
        <Limits view={view} />
        <Waves view={view} known={page.known} instruments={page.instruments} />
        <div class="actions">
          <button type="submit">{t('plan.preview')}</button>
        </div>
      </form>
    </StaffPage>
  )
}

const WRONG: Record<Wrong, WordKey> = {
  sendAt: 'plan.wrong.sendAt',
  openingDays: 'plan.wrong.openingDays',
  day: 'plan.wrong.day',
  blackouts: 'plan.wrong.blackouts',
  delay: 'plan.wrong.delay',
  later: 'plan.wrong.later',
  perWave: 'plan.wrong.perWave',
  per24Hours: 'plan.wrong.per24Hours',
  lateInvitation: 'plan.wrong.lateInvitation',
  choice: 'plan.wrong.choice',
  baseline: 'plan.wrong.baseline',
  waves: 'plan.wrong.waves',
  twice: 'plan.wrong.twice',
  wave: 'plan.wrong.wave',
  name: 'plan.wrong.name',
  closes: 'plan.wrong.closes',
  expectedResponse: 'plan.wrong.expectedResponse',
}

const LABELS: Record<string, WordKey> = {
  sendAt: 'plan.sendAt',
  openingDays: 'plan.openingDays',
  blackouts: 'plan.blackouts',
  lastCall: 'plan.lastCall',
  resume: 'plan.resume',
  thanks: 'texts.mail.thanks',
  'contactUpdate.before': 'plan.contactUpdate.before',
  'contactUpdate.apart': 'plan.contactUpdate.apart',
  'atMost.perWave': 'plan.perWave',
  'atMost.per24Hours': 'plan.per24Hours',
  'late.invitation': 'plan.lateInvitation',
  'late.enrolled': 'plan.lateEnrolled',
  baseline: 'plan.baseline',
  waves: 'plan.section.waves',
}
const WAVE_LABELS: Record<string, WordKey> = {
  wave: 'plan.wave.code',
  nameFr: 'plan.wave.nameFr',
  nameEn: 'plan.wave.nameEn',
  instrument: 'plan.wave.instrument',
  anchor: 'plan.wave.anchor',
  opens: 'plan.wave.opens',
  closes: 'plan.wave.closes',
  expectedResponse: 'plan.wave.expectedResponse',
}

/** What a field is called, for whoever reads of it away from it. */
function labelOf({ t, fields, value }: View, field: string): string {
  const [rows = '', number = '', part = ''] = field.split('.')
  const row = `${rows}.${number}`
  if (rows === 'waves' && part !== '')
    return t('plan.wave.setting', { wave: value(`${row}.wave`), setting: t(WAVE_LABELS[part]!) })
  if (rows === 'reminders') return t('texts.mail.reminder', { number: rowsIn(fields, 'reminders').indexOf(row) + 1 })
  if (rows === 'blackouts' && number !== '')
    return t('plan.blackout', { number: rowsIn(fields, 'blackouts').indexOf(row) + 1 })
  return t(LABELS[field]!)
}

// ---------------------------------------------------------------- the parts of the form

const When: FC<{ view: View }> = ({ view }) => {
  const { t, language, fields, error } = view
  return (
    <>
      <h2>{t('plan.section.when')}</h2>
      <Line view={view} name="sendAt" label={t('plan.sendAt')} hint={t('plan.sendAt.hint')} />
      <FieldGroup
        id="openingDays"
        legend={t('plan.openingDays')}
        hint={t('plan.openingDays.hint')}
        error={error('openingDays')}
      >
        <div class="parts">
          {DAYS.map((day, index) => (
            <Choice
              type="checkbox"
              name="openingDays"
              value={day}
              checked={fields.get('openingDays')?.includes(day) ?? false}
            >
              {sayDayOfWeek(index + 1, language)}
            </Choice>
          ))}
        </div>
      </FieldGroup>
      <FieldGroup
        id="blackouts"
        legend={t('plan.blackouts')}
        hint={t('plan.blackouts.hint')}
        error={error('blackouts')}
      >
        {rowsIn(fields, 'blackouts').map((row, index) => (
          <Blackout view={view} row={row} number={index + 1} />
        ))}
        <RowButton view={view} press="add blackouts" place="blackouts">
          {t('plan.blackout.add')}
        </RowButton>
      </FieldGroup>
    </>
  )
}

const Blackout: FC<{ view: View; row: string; number: number }> = ({ view, row, number }) => {
  const { t, error } = view
  return (
    <fieldset class="period" id={row} tabindex={-1} aria-describedby={error(row) && `${row}-error`}>
      <legend>{t('plan.blackout', { number })}</legend>
      <Fault view={view} field={row} />
      <div class="parts">
        <DayPart view={view} name={`${row}.fromDay`} label={t('plan.blackout.fromDay')} row={row} />
        <MonthPart view={view} name={`${row}.fromMonth`} label={t('plan.blackout.fromMonth')} />
        <DayPart view={view} name={`${row}.toDay`} label={t('plan.blackout.toDay')} row={row} />
        <MonthPart view={view} name={`${row}.toMonth`} label={t('plan.blackout.toMonth')} />
      </div>
      <RowButton view={view} press={`remove ${row}`} place="blackouts">
        {t('plan.blackout.remove', { number })}
      </RowButton>
    </fieldset>
  )
}

const DayPart: FC<{ view: View; name: string; label: string; row: string }> = ({ view, name, label, row }) => (
  <div>
    <label class="label" for={name}>
      {label}
    </label>
    <NumberInput view={view} name={name} field={row} />
  </div>
)

const MonthPart: FC<{ view: View; name: string; label: string }> = ({ view, name, label }) => (
  <div>
    <label class="label" for={name}>
      {label}
    </label>
    <Select
      view={view}
      name={name}
      options={[
        ['', '–'],
        ...Array.from({ length: 12 }, (_, month): [string, string] => [
          String(month + 1),
          sayMonthOfYear(month + 1, view.language),
        ]),
      ]}
    />
  </div>
)

const Contacts: FC<{ view: View }> = ({ view }) => {
  const { t, fields } = view
  return (
    <>
      <h2>{t('plan.section.contacts')}</h2>
      <FieldGroup id="reminders" legend={t('plan.reminders')} hint={t('plan.reminders.hint')}>
        {rowsIn(fields, 'reminders').map((row, index) => (
          <Delay view={view} name={row} label={t('texts.mail.reminder', { number: index + 1 })}>
            <RowButton view={view} press={`remove ${row}`} place="reminders">
              {t('plan.reminder.remove', { number: index + 1 })}
            </RowButton>
          </Delay>
        ))}
        <RowButton view={view} press="add reminders" place="reminders">
          {t('plan.reminder.add')}
        </RowButton>
      </FieldGroup>
      <Delay view={view} name="lastCall" label={t('plan.lastCall')} hint={t('plan.lastCall.hint')} />
      <Delay view={view} name="resume" label={t('plan.resume')} hint={t('plan.resume.hint')} />
    </>
  )
}

const Around: FC<{ view: View }> = ({ view }) => {
  const { t } = view
  return (
    <>
      <h2>{t('plan.section.around')}</h2>
      <Delay view={view} name="thanks" label={t('texts.mail.thanks')} hint={t('plan.thanks.hint')} />
      <p>{t('plan.contactUpdate.hint')}</p>
      <Delay
        view={view}
        name="contactUpdate.before"
        label={t('plan.contactUpdate.before')}
        hint={t('plan.contactUpdate.before.hint')}
      />
      <Delay
        view={view}
        name="contactUpdate.apart"
        label={t('plan.contactUpdate.apart')}
        hint={t('plan.contactUpdate.apart.hint')}
      />
    </>
  )
}

const Limits: FC<{ view: View }> = ({ view }) => {
  const { t, value, error } = view
  return (
    <>
      <h2>{t('plan.section.limits')}</h2>
      <Line view={view} name="atMost.perWave" label={t('plan.perWave')} hint={t('plan.perWave.hint')} />
      <Line view={view} name="atMost.per24Hours" label={t('plan.per24Hours')} hint={t('plan.per24Hours.hint')} />
      <Line view={view} name="late.invitation" label={t('plan.lateInvitation')} hint={t('plan.lateInvitation.hint')} />
      <FieldGroup
        id="late.enrolled"
        legend={t('plan.lateEnrolled')}
        hint={t('plan.lateEnrolled.hint')}
        error={error('late.enrolled')}
      >
        {LATE_ENROLMENT.map((late) => (
          <Choice type="radio" name="late.enrolled" value={late} checked={value('late.enrolled') === late}>
            {sayLate(t, late)}
          </Choice>
        ))}
      </FieldGroup>
    </>
  )
}

type WavesProps = { view: View; known: readonly string[]; instruments: readonly string[] }

const Waves: FC<WavesProps> = ({ view, ...more }) => {
  const { t, language, fields, value, error } = view
  const rows = rowsIn(fields, 'waves')
  const nameOf = (row: string) => value(`${row}.${language === 'fr' ? 'nameFr' : 'nameEn'}`)
  return (
    <>
      <h2 id="waves" tabindex={-1}>
        {t('plan.section.waves')}
      </h2>
      <Fault view={view} field="waves" />
      <p class="hint">{t('plan.waves.hint')}</p>
      {rows.map((row) => (
        <WaveRow view={view} row={row} {...more} />
      ))}
      <RowButton view={view} press="add waves" place="waves">
        {t('plan.wave.add')}
      </RowButton>
      <TextField id="baseline" label={t('plan.baseline')} hint={t('plan.baseline.hint')} error={error('baseline')}>
        {(attributes) => (
          <Select
            view={view}
            name="baseline"
            attributes={attributes}
            options={[
              ...(rows.some((row) => value(`${row}.wave`) === value('baseline')) ? [] : [['', '–'] as const]),
              ...rows.map((row): [string, string] => [
                value(`${row}.wave`),
                t('plan.value.wave', { wave: value(`${row}.wave`), name: nameOf(row) }),
              ]),
            ]}
          />
        )}
      </TextField>
    </>
  )
}

const WaveRow: FC<WavesProps & { row: string }> = ({ view, row, known, instruments }) => {
  const { t, language, value, error, isWrong } = view
  const code = value(`${row}.wave`)
  const isKnown = known.includes(code)
  const field = (name: string) => `${row}.${name}`
  const name = value(field(language === 'fr' ? 'nameFr' : 'nameEn'))
  const title = isKnown ? t('plan.value.wave', { wave: code, name }) : t('plan.wave.new')
  return (
    <details open={!isKnown || isWrong(row)}>
      <summary>{title}</summary>
      <fieldset class="period" id={row} tabindex={-1}>
        <legend class="heard">{title}</legend>
        {isKnown ? (
          <input type="hidden" name={field('wave')} value={code} />
        ) : (
          <Line view={view} name={field('wave')} label={t('plan.wave.code')} hint={t('plan.wave.code.hint')} />
        )}
        <Line view={view} name={field('nameFr')} label={t('plan.wave.nameFr')} hint={t('plan.wave.name.hint')} wide />
        <Line view={view} name={field('nameEn')} label={t('plan.wave.nameEn')} hint={t('plan.wave.name.hint')} wide />
        <TextField
          id={field('instrument')}
          label={t('plan.wave.instrument')}
          hint={t('plan.wave.instrument.hint')}
          error={error(field('instrument'))}
        >
          {(attributes) => (
            <Select
              view={view}
              name={field('instrument')}
              attributes={attributes}
              options={instrumentOptions(t, instruments, value(field('instrument')))}
            />
          )}
        </TextField>
        <Delay view={view} name={field('opens')} label={t('plan.wave.opens')} hint={t('plan.wave.opens.hint')}>
          <HiddenLabel view={view} name={field('opens.side')} label={t('plan.wave.side')}>
            <Select
              view={view}
              name={field('opens.side')}
              options={[
                ['before', t('plan.wave.side.before')],
                ['after', t('plan.wave.side.after')],
              ]}
            />
          </HiddenLabel>
          <HiddenLabel view={view} name={field('anchor')} label={t('plan.wave.anchor')}>
            <Select
              view={view}
              name={field('anchor')}
              options={[
                ['departure', t('plan.wave.anchor.departure')],
                ['return', t('plan.wave.anchor.return')],
              ]}
            />
          </HiddenLabel>
          <Fault view={view} field={field('anchor')} />
        </Delay>
        <FieldGroup
          id={field('closes')}
          legend={t('plan.wave.closes')}
          hint={t('plan.wave.closes.hint')}
          error={error(field('closes'))}
        >
          <div class="parts">
            <HiddenLabel view={view} name={field('closes.days')} label={t('plan.wave.closes.days')}>
              <NumberInput view={view} name={field('closes.days')} field={field('closes')} />
            </HiddenLabel>
            <HiddenLabel view={view} name={field('closes.after')} label={t('plan.wave.closes.after')}>
              <Select
                view={view}
                name={field('closes.after')}
                options={[
                  ['opening', t('plan.wave.closes.opening')],
                  ['departure', t('plan.wave.anchor.departure')],
                ]}
              />
            </HiddenLabel>
          </div>
        </FieldGroup>
        <Line
          view={view}
          name={field('expectedResponse')}
          label={t('plan.wave.expectedResponse')}
          hint={t('plan.wave.expectedResponse.hint')}
        />
        <RowButton view={view} press={`remove ${row}`} place="waves">
          {t('plan.wave.remove', { wave: code })}
        </RowButton>
      </fieldset>
    </details>
  )
}

/** One that does not exist yet stays as it is: it may come with the next surveys. */
const instrumentOptions = (t: Words, instruments: readonly string[], chosen: string): [string, string][] => [
  ['', t('plan.wave.instrument.none')],
  ...instruments.map((name): [string, string] => [name, name]),
  ...(chosen === '' || instruments.includes(chosen)
    ? []
    : [[chosen, t('plan.wave.instrument.unknown', { instrument: chosen })] as [string, string]]),
]

// ---------------------------------------------------------------- the controls

const Line: FC<{ view: View; name: string; label: string; hint: string; wide?: boolean }> = ({
  view,
  name,
  label,
  hint,
  wide = false,
}) => (
  <TextField id={name} label={label} hint={hint} error={view.error(name)}>
    {(attributes) => (
      <input
        {...attributes}
        class={wide ? undefined : 'short'}
        type="text"
        name={name}
        value={view.value(name)}
        autocomplete="off"
      />
    )}
  </TextField>
)

/** A length of time: a number, and whether it is of days or of months. */
const Delay: FC<{ view: View; name: string; label: string; hint?: string; children?: Child }> = ({
  view,
  name,
  label,
  hint,
  children,
}) => {
  const { t, language, value, error } = view
  const unit = value(`${name}.unit`)
  const own = ownDelay(unit)
  return (
    <FieldGroup id={name} legend={label} hint={hint} error={error(name)}>
      <div class="parts">
        <HiddenLabel view={view} name={`${name}.number`} label={t('impact.column.count')}>
          <NumberInput view={view} name={`${name}.number`} field={name} />
        </HiddenLabel>
        <HiddenLabel view={view} name={`${name}.unit`} label={t('plan.unit')}>
          <Select
            view={view}
            name={`${name}.unit`}
            options={[
              ['days', t('plan.unit.days')],
              ['months', t('plan.unit.months')],
              ...(own ? [[unit, sayDelay(own.abs(), language)] as const] : []),
            ]}
          />
        </HiddenLabel>
        {children}
      </div>
    </FieldGroup>
  )
}

const NumberInput: FC<{ view: View; name: string; field: string }> = ({ view, name, field }) => (
  <input
    id={name}
    class="short"
    type="text"
    inputmode="numeric"
    autocomplete="off"
    name={name}
    value={view.value(name)}
    aria-invalid={view.error(field) ? 'true' : undefined}
    aria-describedby={view.error(field) ? `${field}-error` : undefined}
  />
)

const HiddenLabel: FC<{ view: View; name: string; label: string; children?: Child }> = ({ name, label, children }) => (
  <div>
    <label class="heard" for={name}>
      {label}
    </label>
    {children}
  </div>
)

const Select: FC<{
  view: View
  name: string
  options: readonly (readonly [value: string, label: string])[]
  attributes?: object
}> = ({ view, name, options, attributes = { id: name } }) => (
  <select {...attributes} name={name}>
    {options.map(([value, label]) => (
      <option value={value} selected={value === view.value(name)}>
        {label}
      </option>
    ))}
  </select>
)

const Fault: FC<{ view: View; field: string }> = ({ view, field }) => {
  const message = view.error(field)
  return message ? (
    <p class="error" id={`${field}-error`}>
      {message}
    </p>
  ) : null
}

/** Sends the form for one row more or less, and comes back to where the rows are. */
const RowButton: FC<{ view: View; press: string; place: string; children?: Child }> = ({
  view,
  press,
  place,
  children,
}) => (
  <button class="second" type="submit" name="do" value={press} formaction={`${view.action}#${place}`}>
    {children}
  </button>
)
