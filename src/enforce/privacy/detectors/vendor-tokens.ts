import type { Detector, LiteralRule } from '../detector.ts';

/** A token by its prefix and the shape behind it. */
function token(literals: LiteralRule['literals'], shape: RegExp, longest = 200): LiteralRule {
  return {
    kind: 'literal',
    literals,
    pattern: new RegExp(`(?:${shape.source})(?![A-Za-z0-9_-])`, 'y'),
    longest,
    confidence: { alone: 0.98 },
  };
}

/** Made up where it stands, so that no scanner takes this file for a leak. */
const sample = (prefix: string, length: number, digits = 'A1b2C3d4E5f6G7h8'): string =>
  prefix + digits.repeat(Math.ceil(length / digits.length)).slice(0, length);

function vendor(
  name: string,
  {
    title,
    examples,
    rules,
  }: { title: string; examples: Detector['examples']; rules: readonly LiteralRule[] },
): Detector {
  return { name, title, family: 'secret', class: 'restricted', examples, rules };
}

/** At least a digit and a capital: `sk-` begins words of style sheets too. */
const isRandom = (text: string): boolean => /\d/.test(text) && /[A-Z]/.test(text);

export const cloudKeys: readonly Detector[] = [
  vendor('aws-key', {
    title: 'Key of Amazon Web Services',
    examples: [sample('AKIA', 16, 'A2B3C4D5')],
    rules: [
      token(['AKIA', 'ASIA', 'ABIA', 'ACCA'], /A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}/),
      {
        kind: 'literal',
        literals: ['aws_secret_access_key', 'AWS_SECRET_ACCESS_KEY', 'SecretAccessKey', 'secretAccessKey'],
        pattern:
          /(?:aws_secret_access_key|AWS_SECRET_ACCESS_KEY|[Ss]ecretAccessKey)["']?\s{0,4}[:=]\s{0,4}["']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/y,
        longest: 100,
        spaced: true,
        confidence: { alone: 0.98 },
      },
    ],
  }),
  vendor('google-key', {
    title: 'Key of Google Cloud',
    examples: [sample('AIza', 35)],
    rules: [
      token(['AIza'], /AIza[A-Za-z0-9_-]{35}/),
      token(['GOCSPX-'], /GOCSPX-[A-Za-z0-9_-]{28}/),
      token(['ya29.'], /ya29\.[A-Za-z0-9_-]{20,180}/),
    ],
  }),
  vendor('azure-key', {
    title: 'Key of Microsoft Azure',
    examples: [`https://x.blob.core.windows.net/c?${sample('sig=', 43)}%3D`],
    rules: [token(['sig='], /sig=[A-Za-z0-9%+/]{43,90}(?:%3D|=)/, 120)],
  }),
];

export const vendorTokens: readonly Detector[] = [
  vendor('openai-key', {
    title: 'Key of OpenAI',
    examples: [sample('sk-proj-', 48)],
    rules: [
      {
        ...token(['sk-'], /sk-(?!ant-)(?:(?:proj|svcacct|admin|or-v1)-)?[A-Za-z0-9_-]{32,220}/, 240),
        check: isRandom,
      },
    ],
  }),
  vendor('anthropic-key', {
    title: 'Key of Anthropic',
    examples: [sample('sk-ant-api03-', 93)],
    rules: [token(['sk-ant-'], /sk-ant-[a-z0-9]{2,12}-[A-Za-z0-9_-]{32,140}/)],
  }),
  vendor('ai-service-key', {
    title: 'Key of another AI service (Hugging Face, Groq, xAI, Replicate, Perplexity)',
    examples: [sample('hf_', 34)],
    rules: [
      token(['hf_'], /hf_[A-Za-z0-9]{30,40}/),
      token(['gsk_'], /gsk_[A-Za-z0-9]{40,60}/),
      token(['xai-'], /xai-[A-Za-z0-9]{60,90}/),
      token(['r8_'], /r8_[A-Za-z0-9]{37}/),
      token(['pplx-'], /pplx-[A-Za-z0-9]{40,60}/),
    ],
  }),
  vendor('github-token', {
    title: 'Token of GitHub',
    examples: [sample('ghp_', 36)],
    rules: [
      token(['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], /gh[pousr]_[A-Za-z0-9]{36,76}/),
      token(['github_pat_'], /github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}/),
    ],
  }),
  vendor('gitlab-token', {
    title: 'Token of GitLab',
    examples: [sample('glpat-', 20)],
    rules: [
      token(
        ['glpat-', 'gldt-', 'glrt-', 'glptt-', 'glcbt-'],
        /gl(?:pat|dt|rt|ptt|cbt)-[A-Za-z0-9_.-]{20,64}/,
      ),
    ],
  }),
  vendor('slack-token', {
    title: 'Token or webhook of Slack',
    examples: [`${sample('xoxb-', 12, '1234567890')}-${sample('', 24)}`],
    rules: [
      token(['xox'], /xox[abeoprs](?:\.xox[bp])?-(?:\d-)?[A-Za-z0-9-]{20,160}/),
      token(['xapp-'], /xapp-\d-[A-Z0-9]{8,16}-\d{8,16}-[a-f0-9]{60,70}/),
      token(
        ['hooks.slack.com/services/'],
        /hooks\.slack\.com\/services\/T[A-Z0-9]{6,14}\/B[A-Z0-9]{6,14}\/[A-Za-z0-9]{20,30}/,
      ),
    ],
  }),
  vendor('stripe-key', {
    title: 'Key of Stripe',
    examples: [sample('sk_live_', 24)],
    rules: [
      token(['sk_live_', 'rk_live_', 'sk_test_', 'rk_test_'], /[rs]k_(?:live|test)_[A-Za-z0-9]{16,120}/),
      token(['whsec_'], /whsec_[A-Za-z0-9+/]{32,60}={0,2}/),
    ],
  }),
  vendor('package-token', {
    title: 'Token of a package registry (npm, PyPI, Docker, RubyGems)',
    examples: [sample('npm_', 36)],
    rules: [
      token(['npm_'], /npm_[A-Za-z0-9]{36}/),
      token(['pypi-AgE'], /pypi-AgE[A-Za-z0-9_-]{50,220}/, 240),
      token(['dckr_pat_', 'dckr_oat_'], /dckr_[po]at_[A-Za-z0-9_-]{27,36}/),
      token(['rubygems_'], /rubygems_[a-f0-9]{48}/),
    ],
  }),
  vendor('service-token', {
    title: 'Token of another large vendor',
    examples: [sample('dop_v1_', 64, 'a1b2c3d4e5f60718')],
    rules: [
      token(['SG.'], /SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}/),
      token(['key-'], /key-[a-f0-9]{32}/),
      token(['dop_v', 'doo_v', 'dor_v'], /do[opr]_v1_[a-f0-9]{64}/),
      token(['hvs.', 'hvb.'], /hv[bs]\.[A-Za-z0-9_-]{24,160}/),
      token(['dapi'], /dapi[a-f0-9]{32}(?:-\d)?/),
      token(['shpat_', 'shpss_', 'shpca_', 'shppa_'], /shp(?:at|ss|ca|pa)_[A-Fa-f0-9]{32}/),
      token(['sq0atp-', 'sq0csp-'], /sq0[ac][ts]p-[A-Za-z0-9_-]{22,43}/),
      token(['NRAK-'], /NRAK-[A-Z0-9]{27}/),
      token(['glsa_'], /glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}/),
      token(['PMAK-'], /PMAK-[a-f0-9]{24}-[a-f0-9]{34}/),
      token(['lin_api_'], /lin_api_[A-Za-z0-9]{40}/),
      token(['ntn_'], /ntn_[A-Za-z0-9]{43,50}/),
      token(['ATATT3'], /ATATT3[A-Za-z0-9_=-]{180,220}/, 230),
      token(['dp.pt.', 'dp.st.'], /dp\.(?:pt|st)\.[A-Za-z0-9.]{40,80}/),
      token(['sbp_'], /sbp_[a-f0-9]{40}/),
      token(['pscale_tkn_', 'pscale_pw_'], /pscale_(?:tkn|pw)_[A-Za-z0-9_.=-]{32,64}/),
      token(['HRKU-'], /HRKU-[A-Za-z0-9_-]{36,64}/),
    ],
  }),
];
