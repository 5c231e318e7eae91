import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { objectsOf, type JsonObject } from '../../json-value.ts'
import { toResponses } from '../request.ts'
import { UNKNOWN_MODEL, type RequestOptions } from './options.ts'

const user = { role: 'user', content: 'Hi' }
const base = { model: 'claude-x', max_tokens: 100, messages: [user] }
const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }
const tool = { name: 'get', description: 'gets', input_schema: schema }

function translate(changes: JsonObject, options: Partial<RequestOptions> = {}): JsonObject {
  const translated = toResponses({ ...base, ...changes }, { ...UNKNOWN_MODEL, ...options })
  assert.ok(translated.ok, JSON.stringify(translated))
  return translated.body
}

function tools(list: readonly JsonObject[], changes: JsonObject = {}): readonly JsonObject[] {
  return objectsOf(translate({ tools: list, ...changes })['tools'])
}

function refusedAt(changes: JsonObject): string {
  const translated = toResponses({ ...base, ...changes })
  assert.ok(!translated.ok, 'should be refused')
  assert.match(translated.problems[0]?.msg ?? '', /^.{10,}\.$/u)
  return translated.problems[0]?.loc.join('.') ?? ''
}

/** The names of the tools the model sees. */
const names = (list: readonly JsonObject[], changes: JsonObject = {}) =>
  tools(list, changes).map((each) => each['name'])

/** A conversation in which a search loaded the tool `late`. */
const loaded = [
  user,
  { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'ToolSearch', input: {} }] },
  {
    role: 'user',
    content: [
      { type: 'tool_result', tool_use_id: 't1', content: [{ type: 'tool_reference', tool_name: 'late' }] },
    ],
  },
]
const search = { name: 'ToolSearch', input_schema: schema }
const late = { name: 'late', input_schema: schema, defer_loading: true }
const placeholder = { name: 'DeferredToolPlaceholder', input_schema: schema, defer_loading: true }

describe('tools', () => {
  it('become functions that are not strict unless asked', () => {
    assert.deepEqual(tools([tool]), [
      { type: 'function', name: 'get', description: 'gets', parameters: schema, strict: false },
    ])
    assert.deepEqual(tools([{ name: 'now', type: 'custom', input_schema: { type: 'object' } }]), [
      { type: 'function', name: 'now', parameters: { type: 'object', properties: {} }, strict: false },
    ])
    const closed = { ...schema, additionalProperties: false }
    assert.equal(tools([{ ...tool, strict: true, input_schema: closed }])[0]?.['strict'], true)
    assert.equal(tools([{ ...tool, strict: true }])[0]?.['strict'], false)
  })

  it('keep their examples', () => {
    const [translated] = tools([{ ...tool, input_examples: [{ a: 'x' }] }])
    assert.equal(translated?.['description'], 'gets\n\nExamples of input:\n{"a":"x"}')
  })

  it('that Anthropic knows by type get their schema', () => {
    const [bash, editor] = tools([
      { type: 'bash_20250124', name: 'bash' },
      { type: 'text_editor_20250728', name: 'str_replace_based_edit_tool' },
    ])
    assert.equal(bash?.['type'], 'function')
    assert.ok(JSON.stringify(bash?.['parameters']).includes('restart'))
    assert.ok(JSON.stringify(editor?.['parameters']).includes('insert_text'))
    assert.ok(!JSON.stringify(editor?.['parameters']).includes('undo_edit'))
  })

  it('without a counterpart are refused', () => {
    for (const type of [
      'computer_20251124',
      'code_execution_20250825',
      'web_fetch_20250910',
      'advisor_20260301',
    ]) {
      assert.equal(refusedAt({ tools: [tool, { type, name: 'x' }] }), 'body.tools.1.type')
    }
    assert.equal(refusedAt({ tools: [{ input_schema: schema }] }), 'body.tools.0.name')
    assert.equal(refusedAt({ tools: ['x'] }), 'body.tools.0')
    assert.equal(
      refusedAt({ tools: [{ ...tool, allowed_callers: ['code_execution_20250825'] }] }),
      'body.tools.0.allowed_callers',
    )
  })

  it('search the web through OpenAI', () => {
    const place = { type: 'approximate', city: 'Bonn' }
    const web = {
      type: 'web_search_20250305',
      name: 'web_search',
      max_uses: 3,
      allowed_domains: ['a.org'],
      user_location: place,
    }
    const body = translate({ tools: [tool, web], tool_choice: { type: 'tool', name: 'web_search' } })
    assert.deepEqual(objectsOf(body['tools'])[1], {
      type: 'web_search',
      filters: { allowed_domains: ['a.org'] },
      user_location: place,
    })
    assert.equal(body['max_tool_calls'], 3)
    assert.deepEqual(body['tool_choice'], { type: 'web_search' })
    assert.deepEqual(body['include'], ['reasoning.encrypted_content', 'web_search_call.action.sources'])
    assert.equal(
      refusedAt({ tools: [{ ...web, blocked_domains: ['b.org'] }] }),
      'body.tools.0.blocked_domains',
    )
    assert.equal(
      refusedAt({ tools: [web], mcp_servers: [{ type: 'url', name: 'm', url: 'https://m' }] }),
      'body.tools.0.max_uses',
    )
  })

  it('of MCP servers are called by OpenAI, without asking', () => {
    const server = { type: 'url', name: 'docs', url: 'https://docs.example', authorization_token: 't' }
    const expected = {
      type: 'mcp',
      server_label: 'docs',
      server_url: 'https://docs.example',
      require_approval: 'never',
      authorization: 't',
    }
    assert.deepEqual(tools([], { mcp_servers: [server] }), [expected])
    const narrowed = { ...server, tool_configuration: { allowed_tools: ['a'] } }
    assert.deepEqual(tools([], { mcp_servers: [narrowed] }), [{ ...expected, allowed_tools: ['a'] }])
    const toolset = {
      type: 'mcp_toolset',
      mcp_server_name: 'docs',
      default_config: { enabled: false },
      configs: { b: { enabled: true }, c: {} },
    }
    assert.deepEqual(tools([toolset], { mcp_servers: [server] }), [{ ...expected, allowed_tools: ['b'] }])
    const off = { ...toolset, default_config: {}, configs: { b: { enabled: false } } }
    assert.equal(refusedAt({ tools: [off], mcp_servers: [server] }), 'body.tools')
    assert.equal(refusedAt({ mcp_servers: [{ type: 'url', name: 'docs' }] }), 'body.mcp_servers.0')
    assert.ok(
      !('tools' in translate({ mcp_servers: [{ ...server, tool_configuration: { enabled: false } }] })),
    )
  })

  it('that are deferred stay unseen until something loads them', () => {
    assert.deepEqual(names([search, placeholder, late]), ['ToolSearch'])
    assert.deepEqual(names([search, placeholder, late], { messages: loaded }), ['ToolSearch', 'late'])
  })

  it('loaded late are given where that happened, if the host takes them there', () => {
    const body = translate(
      { tools: [search, placeholder, late], messages: loaded },
      { additionalTools: true },
    )
    assert.deepEqual(
      objectsOf(body['tools']).map((each) => each['name']),
      ['ToolSearch'],
    )
    const [output, more] = objectsOf(body['input']).slice(-2)
    assert.equal(output?.['output'], 'Loaded tool: late')
    assert.equal(more?.['type'], 'additional_tools')
    assert.deepEqual(
      objectsOf(more?.['tools']).map((each) => each['name']),
      ['late'],
    )
  })

  it('are all seen where the search would run at Anthropic', () => {
    const regex = { type: 'tool_search_tool_regex_20251119', name: 'tool_search_tool_regex' }
    assert.deepEqual(names([regex, late]), ['late'])
  })

  it('can come and go with system turns', () => {
    const turn = (block: JsonObject) => ({ messages: [user, { role: 'system', content: [block] }] })
    const definition = {
      type: 'tool_addition',
      tool: { type: 'tool_definition', definition: { ...tool, name: 'new' } },
    }
    assert.deepEqual(names([tool], turn(definition)), ['get', 'new'])
    const addition = { type: 'tool_addition', tool: { type: 'tool_reference', name: 'late' } }
    assert.deepEqual(names([tool, late], turn(addition)), ['get', 'late'])
    const removal = { type: 'tool_removal', tool: { type: 'tool_reference', name: 'get' } }
    assert.deepEqual(names([tool, search], turn(removal)), ['ToolSearch'])
  })
})

describe('tool_choice', () => {
  const choice = (tool_choice: JsonObject) => {
    const body = translate({ tools: [tool], tool_choice })
    return [body['tool_choice'], body['parallel_tool_calls']]
  }

  it('says the same in OpenAI words', () => {
    assert.deepEqual(choice({ type: 'auto' }), ['auto', undefined])
    assert.deepEqual(choice({ type: 'any', disable_parallel_tool_use: true }), ['required', false])
    assert.deepEqual(choice({ type: 'none' }), ['none', undefined])
    assert.deepEqual(choice({ type: 'tool', name: 'get' }), [{ type: 'function', name: 'get' }, undefined])
  })

  it('is left out without tools, and refused where it cannot be met', () => {
    assert.ok(!('tool_choice' in translate({ tool_choice: { type: 'auto' } })))
    assert.equal(refusedAt({ tool_choice: { type: 'any' } }), 'body.tool_choice')
    assert.equal(
      refusedAt({ tools: [tool], tool_choice: { type: 'tool', name: 'other' } }),
      'body.tool_choice.name',
    )
    assert.equal(refusedAt({ tools: [tool], tool_choice: { type: 'maybe' } }), 'body.tool_choice.type')
    assert.equal(refusedAt({ tools: [tool], tool_choice: 'auto' }), 'body.tool_choice')
  })
})
