/**
 * OpenAI's models as of 2026-11-22, one a line: id | dated snapshots, the served one first | aliases | context |
 * most output tokens | reasoning efforts | default effort | chat completions | sampling parameters | released |
 * shut down. Chat completions: `tools`, `no-tools`, `tools-if-none` (only with effort none), `tools-unless-effort`
 * (only if no effort is asked for), `responses-only`. Sampling: `full`, `if-none` (only with effort none), `never`.
 */
export const modelRows = `
gpt-6.2-astra |  |  | 1050000 | 128000 | low medium high xhigh max | medium | no-tools | never | 2026-11-17 |
gpt-6.2-sol |  |  | 1050000 | 128000 | low medium high xhigh max | medium | no-tools | never | 2026-11-17 |
gpt-6.1-terra |  |  | 1050000 | 128000 | none low medium high xhigh max | medium | tools-if-none | if-none | 2026-10-26 |
gpt-6.1-sol |  |  | 1050000 | 128000 | low medium high xhigh max | medium | no-tools | never | 2026-09-29 |
gpt-6-sol |  |  | 1050000 | 128000 | none low medium high xhigh max | medium | tools-if-none | if-none | 2026-09-22 |
gpt-6-luna |  |  | 1050000 | 128000 | none low medium high xhigh max | medium | tools-if-none | if-none | 2026-09-22 |
gpt-6-astra |  |  | 1050000 | 128000 | low medium high xhigh max | medium | no-tools | never | 2026-09-03 |
gpt-5.6-sol |  | gpt-5.6 | 1050000 | 128000 | none low medium high xhigh max | medium | tools-if-none | if-none | 2026-07-09 |
gpt-5.6-terra |  |  | 1050000 | 128000 | none low medium high xhigh max | medium | tools-if-none | if-none | 2026-07-09 |
gpt-5.6-luna |  |  | 1050000 | 128000 | none low medium high xhigh max | medium | tools-if-none | if-none | 2026-07-09 |
gpt-5.6-cyber |  |  | 400000 | 128000 | low medium high | medium | responses-only | full |  |
gpt-daybreak-blue-latest |  |  | 1050000 | 128000 | low medium high | medium | responses-only | full |  |
gpt-daybreak-red-latest |  |  | 400000 | 128000 | low medium high | medium | responses-only | full |  |
gpt-6-cyber |  |  | 400000 | 128000 | low medium high | medium | responses-only | full |  |
gpt-rosalind-research |  |  | 400000 | 128000 | low medium high | medium | responses-only | full |  |
gpt-6-rosalind |  |  | 400000 | 128000 | low medium high | medium | responses-only | full |  |
gpt-5.5 | gpt-5.5-2026-04-23 |  | 1050000 | 128000 | none low medium high xhigh | medium | tools-unless-effort | if-none | 2026-04-23 |
gpt-5.5-pro | gpt-5.5-pro-2026-04-23 |  | 1050000 | 128000 | medium high xhigh | medium | responses-only | never | 2026-04-23 |
chat-latest |  | gpt-chat-latest | 400000 | 128000 | low medium high | medium | tools | full |  |
gpt-5.5-cyber-preview |  |  | 400000 | 128000 | low medium high | medium | responses-only | full |  | 2027-02-01
gpt-5.4 | gpt-5.4-2026-03-05 |  | 1050000 | 128000 | none low medium high xhigh | none | tools-unless-effort | if-none | 2026-03-05 |
gpt-5.4-mini | gpt-5.4-mini-2026-03-17 |  | 400000 | 128000 | none low medium high xhigh | none | tools | if-none | 2026-03-17 |
gpt-5.4-nano | gpt-5.4-nano-2026-03-17 |  | 400000 | 128000 | none low medium high xhigh | none | tools | if-none | 2026-03-17 | 2027-04-01
gpt-5.4-pro | gpt-5.4-pro-2026-03-05 |  | 1050000 | 128000 | medium high xhigh | medium | responses-only | never | 2026-03-05 |
gpt-5.3-codex |  |  | 400000 | 128000 | low medium high xhigh | medium | responses-only | never | 2026-02-05 | 2027-04-01
gpt-5.3-codex-spark |  |  | 128000 | 32000 | low medium high | medium | responses-only | full |  |
gpt-5.3-chat-latest |  |  | 128000 | 16384 | low medium high | medium | tools | full |  | 2026-08-10
gpt-5.2 | gpt-5.2-2025-12-11 |  | 400000 | 128000 | none low medium high xhigh | none | tools | if-none | 2025-12-11 |
gpt-5.2-pro | gpt-5.2-pro-2025-12-11 |  | 400000 | 128000 | medium high xhigh | medium | responses-only | never | 2025-12-11 |
gpt-5.2-chat-latest |  |  | 128000 | 16384 | low medium high | medium | tools | full |  | 2026-08-10
gpt-5.2-codex |  |  | 400000 | 128000 | low medium high | medium | responses-only | never |  | 2026-07-23
gpt-5.1 | gpt-5.1-2025-11-13 |  | 400000 | 128000 | none low medium high | none | tools | if-none | 2025-11-13 | 2027-04-01
gpt-5.1-codex |  |  | 400000 | 128000 | low medium high | medium | responses-only | never |  | 2026-07-23
gpt-5.1-codex-max |  |  | 400000 | 128000 | low medium high | medium | responses-only | never |  | 2026-07-23
gpt-5.1-codex-mini |  |  | 400000 | 128000 | low medium high | medium | responses-only | never |  | 2026-07-23
gpt-5.1-chat-latest |  |  | 128000 | 16384 | low medium high | medium | tools | full |  | 2026-07-23
gpt-5 | gpt-5-2025-08-07 |  | 400000 | 128000 | minimal low medium high | medium | tools | never | 2025-08-07 | 2026-12-11
gpt-5-mini | gpt-5-mini-2025-08-07 |  | 400000 | 128000 | minimal low medium high | medium | tools | never | 2025-08-07 | 2026-12-11
gpt-5-nano | gpt-5-nano-2025-08-07 |  | 400000 | 128000 | minimal low medium high | medium | tools | never | 2025-08-07 | 2026-12-11
gpt-5-pro | gpt-5-pro-2025-10-06 |  | 400000 | 272000 | high | medium | responses-only | never | 2025-10-06 | 2026-12-11
gpt-5-codex |  |  | 400000 | 128000 | low medium high | medium | responses-only | never |  | 2026-07-23
gpt-5-chat-latest |  |  | 128000 | 16384 |  |  | no-tools | full |  | 2026-07-23
gpt-4.1 | gpt-4.1-2025-04-14 |  | 1047576 | 32768 |  |  | tools | full | 2025-04-14 | 2027-01-14
gpt-4.1-mini | gpt-4.1-mini-2025-04-14 |  | 1047576 | 32768 |  |  | tools | full | 2025-04-14 | 2027-01-14
gpt-4.1-nano | gpt-4.1-nano-2025-04-14 |  | 1047576 | 32768 |  |  | tools | full | 2025-04-14 | 2026-10-23
gpt-4o | gpt-4o-2024-08-06 gpt-4o-2024-11-20 |  | 128000 | 16384 |  |  | tools | full | 2024-05-13 | 2027-01-14
gpt-4o-2024-05-13 |  |  | 128000 | 4096 |  |  | tools | full |  | 2026-10-23
gpt-4o-mini | gpt-4o-mini-2024-07-18 |  | 128000 | 16384 |  |  | tools | full | 2024-07-18 | 2027-01-14
o3 | o3-2025-04-16 |  | 200000 | 100000 | low medium high | medium | tools | never | 2025-04-16 | 2026-12-11
o3-pro | o3-pro-2025-06-10 |  | 200000 | 100000 | low medium high | medium | responses-only | never | 2025-06-10 | 2026-12-11
o3-deep-research | o3-deep-research-2025-06-26 |  | 200000 | 100000 | low medium high | medium | responses-only | never | 2025-06-26 | 2026-07-23
o4-mini-deep-research | o4-mini-deep-research-2025-06-26 |  | 200000 | 100000 | low medium high | medium | responses-only | never | 2025-06-26 | 2026-07-23
o4-mini | o4-mini-2025-04-16 |  | 200000 | 100000 | low medium high | medium | tools | never | 2025-04-16 | 2026-10-23
o3-mini | o3-mini-2025-01-31 |  | 200000 | 100000 | low medium high | medium | tools | never | 2025-01-31 | 2026-10-23
o1 | o1-2024-12-17 |  | 200000 | 100000 | low medium high | medium | tools | never | 2024-12-17 | 2026-10-23
o1-pro | o1-pro-2025-03-19 |  | 200000 | 100000 | low medium high | medium | responses-only | never | 2025-03-19 | 2026-10-23
o1-mini | o1-mini-2024-09-12 |  | 128000 | 65536 | low medium high | medium | no-tools | never |  | 2025-10-27
o1-preview | o1-preview-2024-09-12 |  | 128000 | 32768 | low medium high | medium | no-tools | never |  | 2025-07-28
computer-use-preview | computer-use-preview-2025-03-11 |  | 8192 | 1024 |  |  | responses-only | full |  | 2026-07-23
codex-mini-latest |  |  | 200000 | 100000 | low medium high | medium | responses-only | never |  | 2026-02-12
chatgpt-4o-latest |  |  | 128000 | 16384 |  |  | no-tools | full |  | 2026-02-17
gpt-4-turbo | gpt-4-turbo-2024-04-09 gpt-4-1106-preview |  | 128000 | 4096 |  |  | tools | full |  | 2026-10-23
gpt-4 | gpt-4-0613 |  | 8192 | 8192 |  |  | tools | full |  | 2026-10-23
gpt-3.5-turbo | gpt-3.5-turbo-0125 |  | 16385 | 4096 |  |  | tools | full |  | 2026-10-23
gpt-3.5-turbo-1106 |  |  | 16385 | 4096 |  |  | tools | full |  | 2026-09-28
`
