import { inBrackets, LIMITS_PAGE, lower, type SentenceFacts } from './sentence-facts.ts'
import { fit } from './sentence-fit.ts'

const BILLING_PAGE = 'platform.openai.com/account/billing'

export function writeAuthentication(f: SentenceFacts): string {
  const { who, places } = f.naming
  if (f.code === 'account_deactivated') {
    return fit(
      `${who} has deactivated the account behind the key in openai_api_key (${f.code})`,
      f.quote,
      `Check ${places.apiKey}.`,
    )
  }
  if (f.code?.startsWith('mismatched_') === true || f.code === 'invalid_organization') {
    const header = f.code === 'mismatched_project' ? 'OpenAI-Project' : 'OpenAI-Organization'
    return fit(
      `The ${header} header does not belong to the key in openai_api_key (${f.code})`,
      null,
      `Check openai_default_headers and ${places.apiKey}.`,
    )
  }
  if (/didn't provide an api key|no api key|missing (?:api key|bearer)/i.test(f.quote ?? '')) {
    return `${who} received no key: set ${places.apiKey}.`
  }
  return `${who} rejected the key in openai_api_key${inBrackets(f)}: check ${places.apiKey}.`
}

export function writePermission(f: SentenceFacts): string {
  const { who, places } = f.naming
  const brackets = inBrackets(f)
  if (f.status === 407)
    return `The proxy asks for a user name and password${brackets}: set them in HTTPS_PROXY.`
  if (f.code === 'unsupported_country_region_territory') {
    return fit(
      `${who} does not serve the country or region this machine calls from (${f.code})`,
      null,
      'Run Spotter where it does.',
    )
  }
  if (f.code === 'data_residency_mismatch') {
    return fit(
      `The project's data residency does not fit the address (${f.code})`,
      f.quote,
      `Use the regional address in ${places.baseUrl}.`,
    )
  }
  return fit(
    `${who} does not allow this to the key in openai_api_key${brackets}`,
    f.quote,
    `Change the key's permissions, or ${places.apiKey}.`,
  )
}

export function writeQuota(f: SentenceFacts): string {
  const { who, isOpenAi } = f.naming
  const page = isOpenAi ? ` at ${BILLING_PAGE}` : ''
  switch (f.code) {
    case 'project_spend_limit_exceeded':
      return `The project behind the key has reached its spend limit (${f.code}): raise it${isOpenAi ? ` at ${LIMITS_PAGE}` : ''}, or use another project's key.`
    case 'organization_spend_limit_exceeded':
    case 'billing_hard_limit_reached':
    case 'organization_usage_limit_exceeded':
      return `The organization has reached its spend or usage limit (${f.code}): raise it${isOpenAi ? ` at ${LIMITS_PAGE}` : ''}, or wait for the next month.`
    case 'billing_not_active':
    case 'access_terminated':
      return fit(
        `The account behind the key is not active (${f.code})`,
        f.quote,
        `Put its billing in order${page}.`,
      )
    default:
      return fit(
        `The account behind the key has no quota left${inBrackets(f)}`,
        f.quote,
        `Add credit${page || ` with ${lower(who)}`}; waiting alone does not help.`,
      )
  }
}

export function writeRateLimit(f: SentenceFacts, of: string | null, advice: string): string {
  const raise = f.naming.isOpenAi
    ? `, or have the limit raised (${LIMITS_PAGE}).`
    : ', or have the limit raised.'
  const figure = f.limit === null ? '' : ` (${f.limit})`
  const what = of === null ? 'The rate limit' : `The limit for ${of}${figure}`
  return fit(`${what} on ${f.naming.model} is used up${inBrackets(f)}`, f.quote, advice + raise)
}
