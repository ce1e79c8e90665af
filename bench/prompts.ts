/**
 * Prompts as people and programs send them: instructions, mails, tickets, code, logs, JSON, tables, two other languages. Most of their text says
 * nothing about anybody, some lines do; names and numbers are made up.
 */
const support = `You are the support assistant of Northwind Outdoor. Answer politely, in the language of the customer, and never promise a refund
before the return has been inspected. If the customer asks for a person, offer a call back between 9:00 and 17:00. Prices are in euros and include tax.

Customer wrote on 14 March:
Hello, I ordered the Trailblazer 45 backpack (order 2024-118734) three weeks ago and the left buckle broke on the second hike. I already sent photos to
support@northwind-outdoor.example but nobody replied. You can reach me at marta.keller@example.org or on +49 171 2345678 after six. The invoice was paid with my
card 4111 1111 1111 1111, and the refund should go to the same account, IBAN DE89 3704 0044 0532 0130 00. I am a bit disappointed, because the last two
packs I bought from you lasted for ten years each, and I recommended the shop to everybody in our hiking group.

Draft an answer that apologises, asks for the serial number on the inside label, explains how the return works, and names the expected time (5 to 7 working days).`;

const code = `Review this function for correctness and style, and propose tests.

\`\`\`typescript
export async function loadInvoices(db: Database, { from, to, limit = 100 }: Range): Promise<Invoice[]> {
  const rows = await db.query('select id, customer_id, total_cents, issued_at from invoices where issued_at between $1 and $2 order by issued_at limit $3', [
    from.toISOString(),
    to.toISOString(),
    limit,
  ]);
  const invoices: Invoice[] = [];
  for (const row of rows) {
    if (row.total_cents < 0 && !row.is_credit_note) {
      logger.warn({ invoice: row.id }, 'negative total on something that is no credit note');
      continue;
    }
    invoices.push({ id: row.id, customer: row.customer_id, total: Money.fromCents(row.total_cents), issuedAt: new Date(row.issued_at) });
  }
  return invoices;
}
\`\`\`

Things I am unsure about: whether the limit should be applied before the filter, how this behaves when two invoices have the same timestamp, and whether a
generator would be better for large ranges. We use Node 24, PostgreSQL 17.2 and the repository's own Database interface; see src/billing/README.md.`;

const log = `Summarise what went wrong between 10:14 and 10:20, and say which service failed first.

2024-11-05T10:14:02.118Z INFO  gateway  req=7f3c2a19 GET /v1/catalog/items?page=3 200 34ms
2024-11-05T10:14:02.410Z INFO  gateway  req=7f3c2a1b POST /v1/cart 201 51ms client=203.0.113.77
2024-11-05T10:14:05.902Z WARN  payments req=7f3c2a1b retrying authorisation, attempt 2 of 3, waited 250ms
2024-11-05T10:14:06.377Z ERROR payments req=7f3c2a1b upstream answered 502 after 3004ms, giving up
2024-11-05T10:14:06.380Z INFO  gateway  req=7f3c2a1b POST /v1/checkout 502 3120ms client=203.0.113.77
2024-11-05T10:15:44.021Z WARN  postgres pool exhausted (20 of 20 in use, 37 waiting)
2024-11-05T10:16:10.733Z ERROR orders   could not acquire a connection within 5000ms: postgres://orders:s3cr3t-0ne@db-1.internal:5432/orders
2024-11-05T10:17:31.006Z INFO  deploy   rolled out orders 4.18.2 (build 99812) to 3 of 12 pods
2024-11-05T10:19:58.404Z INFO  postgres pool recovered (8 of 20 in use, 0 waiting)
2024-11-05T10:20:00.000Z INFO  gateway  p50=38ms p99=412ms error_rate=0.021 requests=48211`;

const table = `Which of these regions grew the most from the first to the second quarter, and what would you look at next?

region,first_quarter,second_quarter,customers,churn
north,118240.50,131002.10,1204,0.021
south,98411.00,97230.75,1011,0.034
east,54102.20,71944.90,655,0.019
west,200311.80,201870.00,2207,0.027
online,410220.15,455031.60,8821,0.052

Assume the figures are in thousands of euros, that the second quarter had 3 public holidays fewer, and that the shop in the east was rebuilt in February.`;

const german = `Bitte fasse das folgende Protokoll für die Geschäftsführung in höchstens fünf Sätzen zusammen und nenne die offenen Punkte.

Protokoll der Projektbesprechung vom 12. November. Anwesend waren die Leitung der Entwicklung, der Einkauf und zwei Gäste des Lieferanten. Die Umstellung der Lagerverwaltung ist zu drei
Vierteln abgeschlossen; die Schnittstelle zur Buchhaltung fehlt noch. Der Lieferant sagt zu, bis Ende des Monats eine Vorabversion zu liefern. Rückfragen nimmt Frau Özdemir
entgegen (oezdemir@lieferant.example, Telefon 030 1234567). Die Kosten liegen mit 184.300 € rund 6 % über dem Plan, was vor allem an den längeren Prüfungen liegt. Über die Verlängerung des
Wartungsvertrags wird im Dezember entschieden. Der Betriebsrat wurde über die neuen Handscanner unterrichtet und hat keine Einwände.`;

const toolResult = JSON.stringify(
  {
    query: 'status of shipment',
    results: Array.from({ length: 6 }, (_, index) => ({
      id: `shp_${(index * 7919 + 104729).toString(36)}`,
      carrier: ['DHL', 'UPS', 'PostNL'][index % 3],
      weightGrams: 1200 + index * 310,
      events: [
        { at: `2024-10-0${index + 1}T08:1${index}:00Z`, place: 'Hamburg', what: 'picked up' },
        { at: `2024-10-0${index + 2}T17:4${index}:00Z`, place: 'Utrecht', what: 'sorted' },
      ],
      recipient:
        index === 2
          ? { name: 'J. de Vries', email: 'j.devries@example.nl', phone: '+31 6 12345678' }
          : { name: 'withheld' },
    })),
  },
  undefined,
  1,
);

const essay = `Write a short introduction to tamper-evident logs for engineers who know databases but not cryptography. Explain why an append-only table with
triggers is not enough, what a hash chain adds, and what a Merkle tree adds to that: a short proof that an entry is included, and a short proof that an older
state is the beginning of a newer one. Avoid formulas. Use the example of a library that writes down which books were lent, and of a reader who keeps a slip of paper.
Mention that somebody must keep the slip, that whoever holds the signing key can still write a different history from the start, and how independent
witnesses make that visible. Close with three questions that the reader should ask a vendor. Keep it under six hundred words and do not use bullet points. The tone should be
calm and concrete; our readers dislike marketing and have read enough about blockchains. Where a term is unavoidable, explain it in the same sentence.`;

const chinese = `请把下面的客户反馈翻译成英文，并总结成三点。客户说：软件更新以后，打开大文件明显变慢，大约需要三十秒；导出报表的时候偶尔会出现乱码，
尤其是包含中文文件名的时候；另外，希望可以增加夜间模式。联系方式：zhang.wei@example.cn，电话 138 1234 5678。谢谢！`;

/** Characters of a prompt of 4 KB. */
const promptLength = 4096;

/** Prompts of 4 KB each, as a conversation of a few of these texts. */
export const prompts: readonly string[] = (() => {
  const texts = [support, code, essay, log, table, german, toolResult, essay, code, chinese];
  return texts.map((_, first) => {
    let prompt = '';
    for (let turn = 0; prompt.length < promptLength; turn++)
      prompt += `${texts[(first + turn * 3) % texts.length]}\n\n`;
    // A string of its own, as parsing gives it, and not a view of a longer one.
    return Buffer.from(prompt.slice(0, promptLength)).toString();
  });
})();
