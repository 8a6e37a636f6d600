"""Credentials of a recognizable shape: tokens, keys, passwords in URLs, headers, and commands."""

from __future__ import annotations

import re
from typing import Final

from .personal import mask_random
from .policy import SensitiveKeys
from .values import FILTERED, Step, apply, mask_inputs, replace, sensitive_values

# The shapes of the tokens that vendors issue: a fixed beginning, then at least so many characters.
# The lengths are lower bounds, below what the vendors use today. Each line has an example in the
# specification of the masks.
TOKENS: Final[dict[str, str]] = {
    "1Password": r"(?:ops_eyJ[\w+/=-]{20,}|A3-[A-Z0-9]{6}-[A-Z0-9-]{20,})",
    "Adobe": r"p8e-[A-Za-z0-9]{24,}",
    "age": r"AGE-SECRET-KEY-1[A-Z0-9]{30,}",
    "Airtable": r"pat[A-Za-z0-9]{14}\.[a-f0-9]{40,}",
    "Alibaba Cloud": r"LTAI[A-Za-z0-9]{12,}",
    "Amazon Bedrock": r"(?:ABSK[A-Za-z0-9+/]{40,}={0,2}|bedrock-api-key-[\w+/=-]{20,})",
    "Amazon Marketplace": r"amzn\.(?:mws|oa2-cs)\.[\w.-]{20,}",
    "Amazon Web Services": r"(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{12,}",
    "Artifactory": r"(?:AKCp[A-Za-z0-9]{30,}|cmVmd[A-Za-z0-9]{40,})",
    "Asana": r"[012]/\d{13,}(?:/\d{13,})?:[a-f0-9]{24,}",
    "Atlassian": r"AT(?:ATT|CTT|BB|STT|TA|OA|C)[A-Za-z0-9][\w=-]{19,}",
    "Authress": (
        r"(?:sc|ext|scauth"
        r"|authress)_[A-Za-z0-9]{5,30}\.[A-Za-z0-9]{4,6}\.acc[_-][\w-]{10,32}\.[\w+/=-]{20,}"
    ),
    "Axiom": r"xa[aip]t-[0-9a-f-]{30,}",
    "Azure AD": r"[\w.~-]{3}\dQ~[\w.~-]{30,}",
    "Bannerbear": r"bb_(?:ma|pr)_[a-f0-9]{20,}",
    "Beamer": r"b_[A-Za-z0-9=-][\w=-]{40,}",
    "Bitbucket Data Center": r"BBDC-[\w+/-]{30,}",
    "Brevo": r"x(?:keysib|smtpsib)-[\w-]{20,}",
    "Browserbase": r"bb_live_[\w-]{16,}",
    "Buildkite": r"bk(?:ua|pt|ct|aj)_[a-z0-9]{30,}",
    "Cal.com": r"cal_(?:live|test)_[a-z0-9]{20,}",
    "Cerebras": r"csk-[a-z0-9]{30,}",
    "CircleCI": r"CCI(?:PAT|PRJ)_[\w-]{20,}",
    "ClickHouse Cloud": r"4b1d[A-Za-z0-9]{30,}",
    "Clojars": r"(?:CLOJARS|clojars)_[A-Za-z0-9]{40,}",
    "Cloudflare": r"(?:v1\.0-[a-f0-9]{20,}-[a-f0-9]{40,}|cf(?:k|ut|at)_[A-Za-z0-9]{30,})",
    "Composio": r"(?:ak|ck)_(?=[A-Za-z0-9]{0,60}\d)(?=[A-Za-z0-9]{0,60}[A-Z])[A-Za-z0-9-]{16,}",
    "Confluent": r"cflt[\w+/-]{40,}",
    "Contentful": r"CFPAT-[\w=-]{30,}",
    "crates.io": r"cio[A-Za-z0-9]{32}",
    "Databricks": r"(?:dapi|dkea|dose)[a-f0-9]{28,}(?:-\d)?",
    "dbt": r"dbt[cu]_[\w+/=-]{20,}",
    "DefinedNetworking": r"dnkey-[\w=-]{20,}",
    "Deno": r"dd[pow]_[A-Za-z0-9]{30,}",
    "DigitalOcean": r"do[oprst]_v1_[a-f0-9]{40,}",
    "Discord": r"(?:[MNO][A-Za-z\d]{23,27}\.[\w-]{6}\.[\w-]{25,}|mfa\.[\w-]{60,})",
    "Docker": r"dckr_(?:pat|oat)_[\w-]{16,}",
    "Doppler": r"dp\.(?:pt|st|ct|sa|scim|audit|said)\.[\w.-]{20,}",
    "Dropbox": r"sl\.(?:u\.)?[\w=-]{40,}",
    "Duffel": r"duffel_(?:test|live)_[\w=-]{20,}",
    "Dynatrace": r"dt0[a-z]\d\d\.[A-Za-z0-9]{16,}(?:\.[A-Za-z0-9]{16,})?",
    "E2B": r"e2b_[a-f0-9]{30,}",
    "EasyPost": r"EZ[AT]K[A-Za-z0-9]{30,}",
    "Elastic": r"ess(?:u|p)_[\w+/=-]{20,}",
    "ElevenLabs, Cartesia, PhotoRoom": r"sk_(?:[a-z0-9]{2,10}_){0,2}[A-Za-z0-9]{20,}",
    "Facebook": r"(?:EAA[A-Z0-9][A-Za-z0-9]{20,}|\d{15,16}(?:\||%(?:7C)?)[\w-]{27,})",
    "Fauna": r"fn[AE][A-Za-z0-9_-]{34,}",
    "Figma": r"fig(?:[doprs]|oh|orh|uh|orh_v1|dr)_[\w-]{20,}",
    "Firebase Cloud Messaging": r"AAAA[\w-]{7}:APA91[\w-]{20,}",
    "Firecrawl": r"fc-[a-f0-9]{30,}",
    "Fireworks": r"fw_[A-Za-z0-9]{20,}",
    "Flutterwave": r"FLW(?:SECK|PUBK)(?:_TEST)?-[A-Za-z0-9-]{10,}",
    "Fleetbase": r"flb_(?:live|test)_[A-Za-z0-9]{12,}",
    "Fly.io": r"(?:fo1_|fm1[ar]_|fm2_)[\w+/=,-]{20,}",
    "Frame.io": r"fio-u-[\w=-]{20,}",
    "GitHub": r"(?:gh[oprsu]_[A-Za-z0-9]{20,}|github_pat_\w{20,})",
    "GitLab": (
        r"(?:gl(?:agent|cbt|dt|ffct|ft|imt|oas|pat|ptt|rt|rtr|soat|wt)-[\w.-]{16,}"
        r"|GR1348941[\w-]{16,})"
    ),
    "GoCardless": r"(?:live|sandbox)_(?=[\w=-]{0,60}\d)[\w=-]{38,}",
    "Google": (
        r"(?:AIza[\w-]{30,}|GOCSPX-[\w-]{20,}|ya29\.[\w.-]{20,}|[14]//?0[\w-]{20,}"
        r"|GOOG[A-Z0-9]{20,}|AQ\.[\w-]{20,})"
    ),
    "Grafana": r"(?:gl(?:c|sa)_[\w+/=-]{20,}|eyJrIjoi[\w+/=-]{30,})",
    "Groq": r"gsk_[A-Za-z0-9]{20,}",
    "Harness": r"[ps]at\.[\w-]{20,}\.[A-Za-z0-9]{20,}\.[A-Za-z0-9]{16,}",
    "HashiCorp Terraform": r"[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{30,}",
    "HashiCorp Vault": r"(?:hv[bsr]\.[\w-]{20,}|[sbr]\.[A-Za-z0-9]{24}(?!\w))",
    "Heroku": r"HRKU-[\w-]{30,}",
    "Honeycomb": r"hc[abx][ilm]k_[A-Za-z0-9]{30,}",
    "HubSpot": r"pat-(?:na|eu|ap)\d-[0-9a-f-]{30,}",
    "Hugging Face": r"(?:hf|api_org)_[A-Za-z0-9]{20,}",
    "Infracost": r"ico-[A-Za-z0-9]{24,}",
    "Inngest": r"(?:signkey|eventkey)-(?:prod|test|branch)-[\w-]{20,}",
    "Intercom": r"dG9r[A-Za-z0-9+/=]{40,}",
    "Intra42": r"s-s4t2(?:ud|af)-[a-f0-9]{40,}",
    "JetBrains": r"perm[:-][\w=+/-]{10,200}\.[\w=+/-]{4,200}\.[\w=+/-]{16,}",
    "Jina": r"jina_[A-Za-z0-9]{30,}",
    "Langfuse": r"[ps]k-lf-[0-9a-f-]{30,}",
    "LangSmith": r"ls(?:v2_[a-z]{2}_|__)[\w-]{20,}",
    "LaunchDarkly": r"(?:sdk|mob|api)-[0-9a-z]{8}(?:-[0-9a-z]{4}){3}-[0-9a-z]{12}",
    "Linear": r"lin_(?:api|oauth|wh)_[A-Za-z0-9]{20,}",
    "LinkedIn": r"WPL_AP1\.[\w.+/=-]{16,}",
    "LlamaIndex": r"llx-[A-Za-z0-9]{30,}",
    "Lob": r"(?:live|test)_(?:pub_)?[a-f0-9]{30,}",
    "Mailchimp": r"[a-f0-9]{32}-us\d{1,2}",
    "Mailgun": r"(?:(?:pub)?key-(?=[a-z]{0,60}\d)[a-z0-9]{28,}|[a-f0-9]{32}-[a-f0-9]{8}-[a-f0-9]{8}(?![\w-]))",
    "Mandrill": r"md-(?=[\w-]{0,60}\d)[\w-]{20,}",
    "Mapbox": r"[spt]k\.[A-Za-z0-9]{20,}\.[\w-]{16,}",
    "MaxMind": r"[A-Za-z0-9]{6}_[A-Za-z0-9]{24,}_mmk",
    "Mem0": r"m0-[A-Za-z0-9]{30,}",
    "Modal": r"a[ks]-(?=[A-Za-z0-9]{0,60}\d)(?=[A-Za-z0-9]{0,60}[A-Z])[A-Za-z0-9]{20,}",
    "MongoDB Atlas": r"mdb_sa_(?:sk|id)_[\w-]{16,}",
    "Neon": r"napi_[A-Za-z0-9]{30,}",
    "Netlify": r"nf[bcopu]_[A-Za-z0-9]{20,}",
    "New Relic": r"(?:NR(?:AK|AA|BR|II|IQ|JS|RA|SP)-[\w-]{16,}|[a-f0-9]{32,36}NRAL)",
    "ngrok": r"[12][A-Za-z0-9]{26}_[A-Za-z0-9]{20,}",
    "Notion": r"(?:ntn_[A-Za-z0-9]{20,}|secret_[A-Za-z0-9]{30,})",
    "npm": r"npm_[A-Za-z0-9]{20,}",
    "NuGet": r"oy2[a-z0-9]{43}",
    "NVIDIA": r"nvapi-[\w-]{20,}",
    "Octopus Deploy": r"API-[A-Z0-9]{20,}",
    "OpenAI, Anthropic and compatible": r"(?:sk|sess)-(?=[\w-]{0,60}\d|[\w-]{32})[\w-]{16,}",
    "OpenShift": r"sha256~[\w-]{30,}",
    "Packagist": r"packagist_[ou]r[dt]_[A-Za-z0-9]{30,}",
    "Paddle": r"pdl_(?:live|sdbx)_[\w-]{16,}",
    "PayPal": r"(?:A21AA[\w-]{30,}|access_token\$production\$[a-z0-9]{10,}\$[a-f0-9]{24,})",
    "pganalyze": r"pga[rw]_[A-Za-z0-9]{20,}",
    "Perplexity": r"pplx-[A-Za-z0-9]{20,}",
    "Pinecone": r"pcsk_[\w-]{20,}",
    "Plaid": r"(?:access|public|link)-(?:sandbox|development|production)-[0-9a-f-]{30,}",
    "PlanetScale": r"pscale_(?:tkn|oauth|pw|api)_[\w=.-]{20,}",
    "PostHog": r"ph[acrstx]_[A-Za-z0-9]{20,}",
    "Postman": r"PM(?:AK|AT)-[A-Za-z0-9-]{20,}",
    "Prefect": r"pn[bu]_[A-Za-z0-9]{24,}",
    "PubNub": r"(?:pub|sub|sec)-c-[A-Za-z0-9-]{30,}",
    "Pulumi": r"pul-[a-z0-9]{30,}",
    "Pydantic": r"(?:pylf_v\d_\w{2}_[A-Za-z0-9]{20,}|paig_[A-Za-z0-9]{20,})",
    "PyPI": r"pypi-[\w-]{30,}",
    "Razorpay": r"rzp_(?:live|test)_[A-Za-z0-9]{10,}",
    "ReadMe": r"rdme_[a-z0-9]{40,}",
    "Render": r"rnd_[A-Za-z0-9]{20,}",
    "Replicate": r"r8_[A-Za-z0-9]{20,}",
    "Resend": r"re_[A-Za-z0-9]{6,}_[A-Za-z0-9]{16,}",
    "Rootly": r"rootly_[a-f0-9]{30,}",
    "RubyGems": r"rubygems_[a-z0-9]{30,}",
    "RunPod": r"rpa_[A-Za-z0-9]{30,}",
    "Salesforce": r"00D[A-Za-z0-9]{12,15}![\w.]{40,}",
    "Scaleway": r"SCW[A-Z0-9]{17}(?!\w)",
    "Scalingo": r"tk-us-[\w-]{30,}",
    "SendGrid": r"SG\.[\w=.-]{20,}",
    "Sentry": r"sntry[a-z]_[\w+/=-]{20,}",
    "SettleMint": r"sm_[aps]at_[A-Za-z0-9]{12,}",
    "Shippo": r"shippo_(?:live|test)_[A-Fa-f0-9]{30,}",
    "Shopify": r"shp(?:at|ca|pa|ss|tka|ua|lka)_[A-Fa-f0-9]{24,}",
    "Slack": r"(?:xox[a-z](?:-|\.xox[a-z]-)[\w%+/=.-]{8,}|xapp-[\w-]{10,}|xwfp-[\w-]{10,})",
    "Snyk": r"snyk_(?:uat|sat)\.[\w.-]{16,}",
    "SonarQube": r"sq[apu]_[a-f0-9]{30,}",
    "Sourcegraph": r"(?:sgp_(?:[A-Za-z0-9]{5,16}_)?[a-fA-F0-9]{30,}|sl[kg]_[a-fA-F0-9]{40,})",
    "SpectralOps": r"spu-[a-f0-9]{30,}",
    "Square": r"(?:sq0[a-z]{3}-[\w-]{16,}|EAAA[\w-]{20,})",
    "Statsig": r"(?:secret|console)-[A-Za-z0-9]{30,}",
    "Stripe and alike": (
        r"(?:sk|rk|pk|ek|ssk|tok|sk_org|sk_car)_(?:live|test|prod|dev"
        r"|sandbox)_[A-Za-z0-9_]{10,}"
    ),
    "Stripe organizations": r"sk_org_[A-Za-z0-9_]{10,}",
    "Stripe secrets": (
        r"(?:whsec_[A-Za-z0-9+/=]{16,}|(?:pi|seti|cs|si|src"
        r"|ephkey)_[A-Za-z0-9]{8,}_secret_[A-Za-z0-9]{8,})"
    ),
    "Supabase": (
        r"sb(?:p|a|at)?_(?:secret_|publishable_|oauth_"
        r"|v0_)?(?=[\w-]{0,60}\d)[A-Za-z0-9_-]{20,}"
    ),
    "Svix": r"(?:test|live)?sk_[A-Za-z0-9]{24,}(?:\.[a-z]{2})?",
    "Tailscale": r"tskey-[\w-]{16,}",
    "Tavily": r"tvly-[\w-]{16,}",
    "Together": r"tgp_v1_[\w-]{20,}",
    "Trigger.dev": r"tr_(?:dev|prod|stg|pat)_[A-Za-z0-9]{16,}",
    "Twilio": r"(?:SK|AC)[0-9a-f]{32}(?!\w)",
    "Twitter": r"A{18,22}[A-Za-z0-9%]{40,}",
    "Typeform": r"tfp_[\w=.-]{30,}",
    "Unkey": r"unkey_[A-Za-z0-9]{16,}",
    "Vercel": r"(?:vc[acikpr]_[A-Za-z0-9]{20,}|vercel_blob_rw_\w{20,})",
    "Voyage": r"(?:pa|al)-(?=[\w-]{0,60}\d)(?=[\w-]{0,60}[A-Z])[\w-]{40,}",
    "WakaTime": r"waka_[0-9a-f-]{30,}",
    "Weights & Biases": r"wandb_v1_[\w-]{20,}",
    "xAI": r"xai-[\w-]{20,}",
    "Yandex": (
        r"(?:t1\.[\w-]+={0,2}\.[\w-]{60,}={0,2}|AQVN[\w-]{30,}|YC[A-Z][\w-]{37}(?!\w)"
        r"|y[0-3]_[\w-]{50,})"
    ),
    "Zoho": r"1000\.[a-f0-9]{32}\.[a-f0-9]{32}",
    "Zuplo": r"zpka_[\w-]{20,}",
    "JSON Web Token": r"(?:eyJ[\w-]{5,}+\.[\w-]{4,}+(?:\.[\w-]*+){0,4}|ZXlK[\w+/=-]{30,}+)",
    "Telegram": r"\d{8,10}:[\w-]{35}(?![\w-])",
    "password hashes": (
        r"(?:\$(?:2[abxy]|argon2(?:id?|d)|pbkdf2[\w-]{0,12}|scrypt|[156y]|apr1)"
        r"|(?:pbkdf2_sha\d{1,3}|scrypt|bcrypt_sha256|argon2))\$[^\s\"'<>,]{16,}"
        r"|\{(?:CRYPT|S?MD5|S?SHA)[\d-]{0,6}\}[^\s\"'<>,]{16,}"
    ),
}

_BEGINNING: Final = r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrt]))"
_TOKEN: Final = re.compile(
    rf"(?=[A-Za-z0-9${{]\S{{13}}){_BEGINNING}(?:{'|'.join(TOKENS.values())})"
)
_PLAIN_WORD: Final = re.compile(
    r"(?i)(?:auth(?:entication|orization)?|challenge|credentials?|error|expired|failed|format|header|invalid"
    r"|method|missing|prefix|provider|required|scheme|schema|security|string|support|tokens?|value)[.,:]?"
).fullmatch
# Base 64, which a word isn't: it has a digit or a capital behind its first letter.
_ENCODED: Final = re.compile(r"(?=.[A-Za-z+/]*[A-Z0-9])[A-Za-z0-9+/]{8,}={0,2}").fullmatch


# Mask `user:password` in `//user:password@host/path`, also with a `/` in the password.
def _mask_user(address: re.Match[str]) -> str:
    rest = address[1]
    authority = re.split(r"[/?#]|%2[Ff]", rest, maxsplit=1)[0]
    at = max(authority.rfind("@"), authority.rfind("%40"))
    if at < 0 and ":" in authority and not authority.rpartition(":")[2].isdigit():
        at = max(rest.rfind("@"), rest.rfind("%40"))
    return address[0] if at < 0 else f"{address[0][: -len(rest)]}[credentials]{rest[at:]}"


# Mask what follows a scheme, unless both are words of a sentence.
def _mask_scheme(match: re.Match[str]) -> str:
    scheme, token = match["scheme"], match["token"]
    is_word = _PLAIN_WORD(token) if scheme.lower() in ("bearer", "ssws") else not _ENCODED(token)
    return match[0] if is_word else f"{scheme}{match['space']}[token]"


_BEFORE: Final[tuple[Step, ...]] = (
    # Up to the line that ends it, with headers such as `Proc-Type: 4,ENCRYPTED` in between.
    (
        ("-----BEGIN",),
        re.compile(
            r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?>(?:[^-]|-(?!----))*)"
            r"(?:-----END [A-Z0-9 ]{0,50}-----)?"
        ),
        "[key]",
    ),
    (("",), _TOKEN, "[token]"),
    (
        ("//", "%2"),
        re.compile(r"(?:(?<=/)|(?<=%2[Ff]))(?:/|%2[Ff])([^\s\"'<>`\\]++)"),
        _mask_user,
    ),
    # ada:secret@db:5432/shop, root:secret@tcp(db:3306)/shop, but not image:tag@sha256:1234
    (
        ("@",),
        re.compile(
            r"(?<![\w/.@+-])(?!mailto:)[\w.+-]{1,60}:[^\s:@/\"'\[\]]{4,100}"
            r"(?=@(?!sha\d)(?:tcp\(|[\w.-]{1,100}:\d{2,5}(?!\w)|[\w-]{1,60}\.[\w.-]{1,100}/))"
        ),
        "[credentials]",
    ),
    (
        ("/",),
        re.compile(
            r"(api\.telegram\.org|chat\.googleapis\.com/v1/spaces|discord(?:app)?\.com/api/webhooks"
            r"|hook\.\w{2,6}\.make\.com|hooks\.slack\.com|hooks\.zapier\.com|logic\.azure\.com"
            r"|webhook\.office\.com)/(?!\[path\])[^\s\"'<>]++"
        ),
        r"\1/[path]",
    ),
    (
        ("ookie", "OOKIE"),
        re.compile(r"(?i)\b((?:set-)?cookie[ \t]{0,9}[:=][ \t]{0,9}+)(?![\"'\[{]|b[\"'])[^\r\n]++"),
        rf"\1{FILTERED}",
    ),
)
_AFTER: Final[tuple[Step, ...]] = (
    # mysqldump -psecret, sshpass -p secret
    (
        (" -",),
        re.compile(
            r"(\b(?:7za?|az[ ]login|docker[ ]login|ldap\w{1,20}|mariadb\S{0,20}|mongo\w{0,20}|mysql\w{0,20}|redis-cli"
            r"|smbclient|sqlcmd|sshpass|twine)[ \t](?:[^\n]{0,100}?[ \t])?-[Papw])[ \t]?(?!-)[^\s-]\S*+"
        ),
        rf"\1 {FILTERED}",
    ),
    # In other commands, jdbc:oracle:thin:ada/secret@db, and code=secret&state=x
    (
        ("ConvertTo", "IDENTIFIED", "code=", "jdbc:oracle:", "net use", "sqlplus"),
        re.compile(
            r"""(\b(?:jdbc:oracle:\w{2,8}:|sqlplus[ ](?:-\w+[ ])*)[^\s/@"'-]{1,80}/)[^\s@"']{1,200}+(?=@)
            |(\bnet[ ]use[ ](?:[A-Za-z*]:?[ ])?\\\\\S+[ ])(?!/)\S+
            |(\b(?:ConvertTo-SecureString[ ](?:-String[ ])?|IDENTIFIED[ ](?:WITH[ ]\S+[ ])?BY[ ]))
                (?:"[^"\n]*"|'[^'\n]*')
            |(\bcode=)[^\s&"'<>]{6,}(?=&(?:scope|session_state|state)=)
            |((?:state|scope)=[^\s&"'<>]{1,200}&code=)[^\s&"'<>]{6,}""",
            re.VERBOSE,
        ),
        lambda match: f"{match[match.lastindex or 0]}{FILTERED}",
    ),
    # curl -u ada:secret
    (
        ("-",),
        re.compile(
            r"((?:^|\s)(?:-u|--user|--proxy-user|-U)[ =]?[\"']?)[\w.@+-]{1,80}:[^\s\"']{2,}+"
        ),
        r"\1[credentials]",
    ),
    (
        ("earer", "EARER", "asic", "ASIC", "egotiate", "tlm", "NTLM", "SSWS", "lain", "PLAIN"),
        re.compile(
            r"(?i)(?<![a-z])(?P<scheme>bearer|basic|negotiate|ntlm|ssws|auth[ \t]plain)"
            r"(?P<space>[ \t]{1,8})(?![\w-]{1,40}=[^=\s])(?P<token>[A-Za-z0-9._~+/=:-]{6,}+)"
        ),
        _mask_scheme,
    ),
    # Keys that no vendor has marked, such as the secrets of Amazon Web Services.
    (
        ("",),
        re.compile(
            r"(?<![\w+/.-])(?=[\w+/-]{32})(?=[A-Z0-9_+/-]{0,99}[a-z])(?=[a-z0-9_+/-]{0,99}[A-Z])"
            r"[\w+/-]{32,400}+={0,2}(?![\w+/=-]|\.\w)"
        ),
        mask_random,
    ),
)


def mask_credentials(text: str, keys: SensitiveKeys) -> str:
    """Mask passwords, tokens, keys, cookies, and credentials in URLs, headers, and commands."""
    text = mask_inputs(apply(_BEFORE, text), keys)
    return apply(_AFTER, replace(text, sensitive_values(text, keys), FILTERED))
