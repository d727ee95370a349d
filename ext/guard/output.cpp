// An output is asked for before it is made: accepted, duplicate or halted, checked and recorded in one transaction, so
// that of two processes that race for the last slot one gets it.
//
// The same is what has the same XXH3-128, within setting duplicate_window_s, in the same channel; or the same
// topic_key. Nearly the same is what is like one of the last kLookedAt outputs of the channel (similarity.hpp).
#include "guard/output.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "guard/similarity.hpp"
#include "guard/standing.hpp"
#include "sqlite/transaction.hpp"

namespace agentinfra {
namespace {

constexpr int64_t kLookedAt = 16;
constexpr int64_t kDayMs = 24LL * 3600 * 1000;  // of index outputs_by_hash
constexpr std::string_view kKinds[] = {"run:", "agent:", "channel:", "pipeline:"};

// As bytes, for a BLOB.
std::string hash_of(std::string_view content, std::string_view channel) {
  const XXH64_hash_t seed = XXH3_64bits(channel.data(), channel.size());
  XXH128_canonical_t bytes;
  XXH128_canonicalFromHash(&bytes, XXH3_128bits_withSeed(content.data(), content.size(), seed));
  return std::string(reinterpret_cast<const char*>(bytes.digest), sizeof bytes.digest);
}

struct Output {
  std::string_view agent, channel;
  std::optional<std::string_view> content, topic_key;
  int64_t now_ms;
  std::optional<std::string> hash;
  std::optional<Sketch> sketch;
  int64_t last = 0, last_of_agent = 0;  // the numbers of the newest, in the channel and of the agent

  std::optional<int64_t> bytes() const {
    return content ? std::optional(static_cast<int64_t>(content->size())) : std::nullopt;
  }
};

struct Judgement {
  std::string verdict = "accepted";
  std::optional<int64_t> duplicate_of;
  std::optional<std::string> breaker;
  std::optional<std::string_view> event;
};

void make_fingerprints(Output& output, int64_t similar_percent) {
  if (!output.content) return;
  output.hash = hash_of(*output.content, output.channel);
  if (similar_percent > 0) output.sketch = sketch_of(*output.content);
}

void read_newest(Session& session, Output& output) {
  auto q = session.query(
      "SELECT (SELECT max(number) FROM main.accepted_outputs WHERE channel = :channel),"
      "   (SELECT max(agent_number) FROM main.accepted_outputs WHERE agent = :agent)");
  q.bind(output.channel, output.agent);
  q.step();
  output.last = q.integer(0);
  output.last_of_agent = q.integer(1);
}

std::optional<int64_t> same_as(Session& session, const Output& output, int64_t since_ms) {
  if (!output.hash) return std::nullopt;
  for (int64_t day = output.now_ms / kDayMs; day >= since_ms / kDayMs; day--) {
    auto q = session.query(
        "SELECT number FROM main.accepted_outputs WHERE at_ms / 86400000 = :day AND hash = CAST(:hash AS BLOB)"
        "   AND channel = :channel AND at_ms > :since_ms LIMIT 1");
    if (const auto number = q.bind(day, *output.hash, output.channel, since_ms).one()) return number;
  }
  return std::nullopt;
}

std::optional<int64_t> same_topic_as(Session& session, const Output& output, int64_t since_ms) {
  if (!output.topic_key) return std::nullopt;
  return session
      .query(
          "SELECT number FROM main.accepted_outputs WHERE channel = :channel AND topic_key = :topic_key"
          "   AND at_ms > :since_ms ORDER BY at_ms LIMIT 1")
      .bind(output.channel, output.topic_key, since_ms)
      .one();
}

std::optional<int64_t> similar_to(Session& session, const Output& output, int64_t since_ms, int64_t percent) {
  if (!output.sketch) return std::nullopt;
  auto q = session.query(
      "SELECT number, sketch FROM main.accepted_outputs WHERE channel = :channel AND number > :last - :looked_at"
      "   AND sketch IS NOT NULL AND at_ms > :since_ms ORDER BY number DESC");
  q.bind(output.channel, output.last, kLookedAt, since_ms);
  while (q.step()) {
    const auto other = sketch_from(q.blob(1));
    if (other && similarity(*output.sketch, *other) * 100 >= static_cast<double>(percent)) return q.integer(0);
  }
  return std::nullopt;
}

std::optional<int64_t> repeats(Session& session, const Output& output, int64_t similar_percent) {
  const int64_t window_ms = session.setting("duplicate_window_s") * 1000;
  if (window_ms == 0) return std::nullopt;
  const int64_t since_ms = output.now_ms - window_ms;
  if (const auto number = same_topic_as(session, output, since_ms)) return number;
  if (const auto number = same_as(session, output, since_ms)) return number;
  return similar_to(session, output, since_ms, similar_percent);
}

Breaker agent_breaker(Session& session, const Output& output) {
  Breaker breaker = read_breaker(session, "agent:" + std::string(output.agent));
  breaker.that_many_back = session
                               .query(
                                   "SELECT at_ms FROM main.accepted_outputs WHERE agent = :agent"
                                   "   AND agent_number = :last + 1 - :that_many AND +agent_number > :counts_after")
                               .bind(output.agent, output.last_of_agent, breaker.max_outputs, breaker.counts_after)
                               .one();
  return breaker;
}

Breaker channel_breaker(Session& session, const Output& output) {
  Breaker breaker = read_breaker(session, "channel:" + std::string(output.channel));
  breaker.that_many_back = session
                               .query(
                                   "SELECT at_ms FROM main.accepted_outputs WHERE channel = :channel"
                                   "   AND number = :last + 1 - :that_many AND +number > :counts_after")
                               .bind(output.channel, output.last, breaker.max_outputs, breaker.counts_after)
                               .one();
  return breaker;
}

// The newest first of all its agents: each has at most its own limit of them in a window. A clock that was set back
// beyond the close must not make what comes now look forgotten.
Breaker pipeline_breaker(Session& session, const Output& output, const std::string& pipeline) {
  Breaker breaker = read_breaker(session, "pipeline:" + pipeline);
  breaker.that_many_back =
      session
          .query(
              "SELECT at_ms FROM main.pipelines AS members"
              " CROSS JOIN main.accepted_outputs AS made"
              " ON made.agent = members.agent AND at_ms > :now_ms - :window_ms"
              "   AND (at_ms >= :counts_from_ms"
              "     OR (at_ms <= :now_ms AND :now_ms < :counts_from_ms))"
              " WHERE pipeline = :pipeline ORDER BY at_ms DESC LIMIT 1 OFFSET :others")
          .bind(output.now_ms, breaker.window_ms, breaker.counts_from_ms, pipeline, breaker.max_outputs - 1)
          .one();
  return breaker;
}

std::vector<Breaker> breakers_of(Session& session, const Output& output) {
  std::vector<Breaker> breakers = {agent_breaker(session, output), channel_breaker(session, output)};
  auto q = session.query("SELECT pipeline FROM main.pipelines WHERE agent = :agent");
  q.bind(output.agent);
  while (q.step()) breakers.push_back(pipeline_breaker(session, output, q.string(0)));
  return breakers;
}

// Of several breakers that would have something to say, one that turns away comes first.
void ask_breakers(Session& session, const Output& output, Judgement& judgement) {
  for (const Breaker& breaker : breakers_of(session, output)) {
    const BreakerEvent event = decide(breaker, output.now_ms);
    if (event == BreakerEvent::pass) continue;
    if (event == BreakerEvent::trip && maintenance_of(session, output.agent, "override", output.now_ms)) continue;
    const bool turned_away = !lets_through(event);
    if (judgement.event && !turned_away) continue;
    judgement.breaker = breaker.name;
    judgement.event = event_name(event);
    if (!turned_away) continue;
    judgement.verdict = "halted";
    return;
  }
}

Judgement judge(Session& session, const Output& output, int64_t similar_percent) {
  Judgement judgement;
  if (auto breaker = halted_by(session, output.agent, output.channel, output.now_ms)) {
    judgement.verdict = "halted";
    judgement.breaker = std::move(breaker);
    judgement.event = "halt";
    return judgement;
  }
  judgement.duplicate_of = repeats(session, output, similar_percent);
  if (judgement.duplicate_of) {
    judgement.verdict = "duplicate";
    return judgement;
  }
  ask_breakers(session, output, judgement);
  return judgement;
}

void accept(Session& session, const Output& output, const Judgement& judgement, std::optional<int64_t> run) {
  const auto sketch =
      output.sketch ? std::optional(std::string(output.sketch->begin(), output.sketch->end())) : std::nullopt;
  if (!judgement.event) {
    session
        .query(
            "INSERT INTO main.accepted_outputs (channel, number, agent, agent_number, run, at_ms, bytes, hash,"
            "   topic_key, sketch)"
            " VALUES (:channel, :number, :agent, :agent_number, :run, :now_ms, :bytes, CAST(:hash AS BLOB), :topic_key,"
            "   CAST(:sketch AS BLOB))")
        .bind(output.channel, output.last + 1, output.agent, output.last_of_agent + 1, run, output.now_ms,
              output.bytes(), output.hash, output.topic_key, sketch)
        .run();
    return;
  }
  session
      .query(
          "INSERT INTO main.output_decisions (channel, number, agent, agent_number, run, at_ms, bytes, hash,"
          "   topic_key, sketch, breaker, event)"
          " VALUES (:channel, :number, :agent, :agent_number, :run, :now_ms, :bytes, CAST(:hash AS BLOB), :topic_key,"
          "   CAST(:sketch AS BLOB), :breaker, :event)")
      .bind(output.channel, output.last + 1, output.agent, output.last_of_agent + 1, run, output.now_ms, output.bytes(),
            output.hash, output.topic_key, sketch, judgement.breaker, judgement.event)
      .run();
}

void refuse(Session& session, const Output& output, const Judgement& judgement, std::optional<int64_t> run) {
  session
      .query(
          "INSERT INTO main.refused_outputs (channel, agent, run, at_ms, verdict, bytes, topic_key, duplicate_of,"
          "   breaker, event)"
          " VALUES (:channel, :agent, :run, :now_ms, :verdict, :bytes, :topic_key, :duplicate_of, :breaker, :event)")
      .bind(output.channel, output.agent, run, output.now_ms, judgement.verdict, output.bytes(), output.topic_key,
            judgement.duplicate_of, judgement.breaker, judgement.event)
      .run();
}

}  // namespace

Value output_record(Call& call, Agent agent, Name channel, std::optional<std::string_view> content,
                    std::optional<Name> topic_key) {
  Session& session = call.session;
  if (channel.text == "*") throw SqlError("channel must be one channel's name, not all of them ('*')");
  const Now when = now(call);
  const int64_t similar_percent = session.setting("similar_percent");
  Output output{agent, channel, content, topic_key, when.wall_ms, {}, {}};
  make_fingerprints(output, similar_percent);
  return atomically(session, [&]() -> Value {
    read_newest(session, output);
    const Judgement judgement = judge(session, output, similar_percent);
    const auto run = speaking_run(when, agent);
    judgement.verdict == "accepted" ? accept(session, output, judgement, run) : refuse(session, output, judgement, run);
    return judgement.verdict;
  });
}

Value breaker_set(Call& call, Name breaker, std::string_view state) {
  const auto kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                 [&](std::string_view prefix) { return breaker.text.starts_with(prefix); });
  if (kind == std::end(kKinds) || breaker.text.size() == kind->size() || breaker.text.substr(kind->size()) == "*")
    throw SqlError("breaker must be run:AGENT, agent:AGENT, channel:NAME or pipeline:NAME, got " + shown(breaker.text));
  if (state != "closed" && state != "isolated")
    throw SqlError("state must be closed (let all through) or isolated (let nothing through), got " + shown(state));
  call.session.query("INSERT INTO main.breaker_events (breaker, event, at_ms) VALUES (:breaker, :event, :now_ms)")
      .bind(breaker, state == "closed" ? std::string_view("close") : std::string_view("isolate"), now_ms(call))
      .run();
  return std::string(state);
}

}  // namespace agentinfra
