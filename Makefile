# Throughgate: two commands matter to a newcomer, `make demo` and `make test`. The work is done by scripts/.
# Everything they make lies in .throughgate/ and .build/; `make clean` removes it.

DEMO ?=
BENCH ?=
FILTER ?=
SEEDS ?= 20000
SEED ?=
SECONDS ?=
MINUTES ?=
TARGET ?=
ALONG ?= hubs

.PHONY: help demo test setup release lint format bench bench-spells bench-cost bench-doors bench-watch simulate \
	torture soak poison races healthy fuzz screenshots clean steps bench-growth

help:
	@echo "make demo     set up, build, and run the main job on a simulated prison estate (DEMO=\"--people 2000 --keep\")"
	@echo "make test     set up, build, and run every test (FILTER=HandoverRulesTests for some of them)"
	@echo "make setup    install what is missing: Debian packages, the local broker"
	@echo "make release  build the program with Swift's libraries inside, for a machine without a toolchain"
	@echo "make lint     formatting, habits and warnings, all as errors"
	@echo "make format   lay the sources out as make lint wants them"
	@echo "make bench    measure the hub beside a C floor and a Python program (BENCH=\"--rounds 5\")"
	@echo "make bench-spells  measure whole custody spells (BENCH=\"--statements\")"
	@echo "make steps    count the instructions of each step of the hub's own work; too many is an error"
	@echo "make bench-cost  measure what one more event costs as people and spells grow"
	@echo "make simulate  sessions and whole hubs under faults, on models (SEEDS=20000; SEED=n replays one)"
	@echo "make torture  kill, freeze and starve three hubs on real servers (MINUTES=10; SEED=n repeats the faults)"
	@echo "make healthy  watch a healthy hub with quiet topics raise no alarm (MINUTES=10)"
	@echo "make poison   measure what a record that kills the hub costs everybody else (SECONDS=120)"
	@echo "make soak     watch a hub's memory under a steady load: its slope every minute, a verdict (MINUTES=60)"
	@echo "make races    run the tests under the thread sanitizer (FILTER=GatewayTests for some of them)"
	@echo "make fuzz     decoders of outside bytes under libFuzzer (MINUTES=10 for each; TARGET=jwe for one)"
	@echo "make screenshots  take the pictures of the pages anew, from a demo that is left running meanwhile"
	@echo "make bench-growth  measure the main job as ALONG grows: people, backlog, hubs or recipients"
	@echo "make bench-doors  measure streams and feed requests beside the running main job"
	@echo "make bench-watch  measure what watching the hub costs its throughput"
	@echo "make clean    end leftover servers, remove everything that was made here"

demo:
	@scripts/demo.sh $(DEMO)

test:
	@scripts/test.sh $(FILTER)

setup:
	@scripts/setup.sh

release:
	@scripts/release.sh

lint:
	@scripts/lint.sh

format:
	@scripts/format.sh

bench:
	@scripts/bench.sh bench-peers $(BENCH)

bench-spells:
	@scripts/bench.sh bench $(BENCH)

steps:
	@scripts/steps.sh

bench-cost:
	@scripts/bench.sh bench-cost $(BENCH)

simulate:
	@THROUGHGATE_SEEDS=$(SEEDS) THROUGHGATE_SEED=$(SEED) scripts/test.sh 'SessionSimulationTests|PipelineSimulationTests'

torture:
	@scripts/trial.sh torture $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED))

healthy:
	@scripts/trial.sh healthy $(if $(MINUTES),--minutes $(MINUTES))

soak:
	@scripts/trial.sh soak $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED))

races:
	@scripts/races.sh $(if $(FILTER),'$(FILTER)')

poison:
	@scripts/trial.sh bench-poison $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED))

fuzz:
	@scripts/fuzz.sh $(or $(MINUTES),1) $(TARGET)


bench-growth:
	@scripts/bench.sh bench-growth $(ALONG) $(BENCH)

bench-doors:
	@scripts/bench.sh bench-doors $(BENCH)

bench-watch:
	@scripts/bench.sh bench-watch $(BENCH)

screenshots:
	@scripts/screenshots.sh

clean:
	@scripts/clean.sh
