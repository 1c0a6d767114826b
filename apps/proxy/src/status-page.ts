import type { ExtraRoute } from "@modelyard/gateway";

const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Modelyard</title><meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root{color-scheme:light dark;font:15px/1.45 system-ui,sans-serif}body{margin:2rem auto;max-width:70rem;padding:0 1rem}
h1{font-size:1.3rem}h2{font-size:1rem;margin:1.6rem 0 .4rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #8884}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.dot{display:inline-block;width:.7em;height:.7em;border-radius:50%;margin-right:.45em;background:#2a9d4a}
.cooling .dot,.quarantined .dot{background:#d33}.probing .dot,.recovering .dot{background:#e0a100}
.bar{display:inline-block;width:5rem;height:.5em;background:#8883;border-radius:3px;overflow:hidden;vertical-align:middle}.bar i{display:block;height:100%;background:#3a7bd5}
#note{color:#c33}small{opacity:.7}
</style></head><body><h1>Modelyard</h1><p id="note"></p><main id="groups"></main>
<script>
let key="";const $=(id)=>document.getElementById(id);
const cell=(row,text,cls)=>{const td=document.createElement("td");if(cls)td.className=cls;td.textContent=text;row.append(td);return td};
const bar=(td,used,limit)=>{td.textContent=String(Math.round(used))+(limit?" / "+limit:"");if(!limit)return;const b=document.createElement("span");b.className="bar";const i=document.createElement("i");i.style.width=Math.min(100,100*used/limit)+"%";b.append(i);td.append(" ",b)};
function draw(state){const main=$("groups");main.replaceChildren();for(const group of state.groups){const h=document.createElement("h2");h.textContent=group.name+" ";const s=document.createElement("small");s.textContent=group.strategy;h.append(s);
const table=document.createElement("table");const head=table.createTHead().insertRow();for(const [t,c] of [["Deployment"],["Model"],["Health"],["In flight","n"],["Requests / min","n"],["Tokens / min","n"],["Failures","n"]]){const th=document.createElement("th");th.textContent=t;if(c)th.className=c;head.append(th)}
const body=table.createTBody();for(const d of group.deployments){const row=body.insertRow();row.className=d.health;cell(row,d.id);cell(row,d.provider+"/"+d.model);
const health=cell(row,"");const dot=document.createElement("span");dot.className="dot";health.append(dot,d.health+(d.reason?" ("+d.reason+(d.until?", "+Math.max(0,Math.ceil((d.until-state.at)/1000))+" s":"")+")":""));
cell(row,String(d.inFlight),"n");bar(cell(row,"","n"),d.used.requests,d.limits.rpm);bar(cell(row,"","n"),d.used.tokens,d.limits.tpm);cell(row,String(d.failures),"n")}
main.append(h,table)}}
async function tick(){try{const r=await fetch("/router/state",{headers:key?{authorization:"Bearer "+key}:{}});if(r.status===401){key=prompt("Master key")||"";$("note").textContent=key?"":"The master key is required.";if(!key)return}
else{const state=await r.json();draw(state);$("note").textContent=state.shared&&!state.shared.available?"Redis is unreachable: limits are local.":""}}catch{$("note").textContent="The proxy does not respond."}setTimeout(tick,1000)}
tick();
</script></body></html>
`;

/**
 * The dashboard, which polls `/router/state` and shows groups and deployments. It prompts for the master key if needed.
 */
export const statusPage: ExtraRoute = {
  method: "GET",
  path: "/",
  open: true,
  handle: () => ({
    status: 200,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy":
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'",
      "x-content-type-options": "nosniff",
    },
    body: page,
  }),
};
