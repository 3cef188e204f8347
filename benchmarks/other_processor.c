/* Answers CPUID as another processor would, so that libraries choose the code that they would choose there.

   Loaded with LD_PRELOAD; OTHER_PROCESSOR names the processor. Linux makes CPUID fault on request where the processor
   can (cpuid_fault in /proc/cpuinfo), and the handler below answers in its place. Only what this processor has as well
   can be offered: features are taken away, never added. */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

typedef struct { const char *name, *maker; uint32_t signature; int wide, l1_sets, l1_ways, l2_kb; } Processor;

static const Processor known[] = {
    {"zen3", "AuthenticAMD", 0x00a00f11, 0, 64, 8, 512},       /* EPYC 7003: AVX2 */
    {"zen4", "AuthenticAMD", 0x00a10f11, 1, 64, 8, 1024},      /* EPYC 9004: AVX-512 */
    {"haswell", "GenuineIntel", 0x000306c3, 0, 64, 8, 256},    /* Core of 2013: AVX2 */
    {"skylakex", "GenuineIntel", 0x00050654, 1, 64, 8, 1024},  /* Xeon of 2017: AVX-512 */
    {"icelake", "GenuineIntel", 0x000606a6, 1, 64, 12, 1280},  /* Xeon of 2021: AVX-512, first cache of 48 KB */
};
static const Processor *processor;

enum { A, B, C, D };

static void let_cpuid_work(int works) { syscall(SYS_arch_prctl, ARCH_SET_CPUID, works); }

static void describe_cache(uint32_t sub, uint32_t r[4]) {
  const uint32_t ways[] = {processor->l1_ways, 8, 8, 16};
  const uint32_t sets[] = {processor->l1_sets, 64, processor->l2_kb * 2, 32768};
  const uint32_t type[] = {1, 2, 3, 3}, level[] = {1, 1, 2, 3};
  memset(r, 0, 16);
  if (sub > 3) return;
  r[A] = type[sub] | level[sub] << 5 | 1 << 8;
  r[B] = (ways[sub] - 1) << 22 | 63; /* lines of 64 bytes */
  r[C] = sets[sub] - 1;
}

static void name_maker(uint32_t r[4]) {
  memcpy(&r[B], processor->maker, 4);
  memcpy(&r[D], processor->maker + 4, 4);
  memcpy(&r[C], processor->maker + 8, 4);
}

static void answer(uint32_t leaf, uint32_t sub, uint32_t r[4]) {
  __asm__ volatile("cpuid" : "=a"(r[A]), "=b"(r[B]), "=c"(r[C]), "=d"(r[D]) : "a"(leaf), "c"(sub));
  int amd = processor->maker[0] == 'A';
  uint32_t l1_kb = processor->l1_sets * processor->l1_ways / 16;
  if (leaf == 0) { r[A] = amd ? 0x10 : 0xd; name_maker(r); }
  if (leaf == 1) r[A] = processor->signature;
  if (leaf == 2 && amd) memset(r, 0, 16);
  if (leaf == 4) { if (amd) memset(r, 0, 16); else describe_cache(sub, r); }
  if (leaf == 7 && sub == 0) {
    r[A] = 0;
    if (!processor->wide) { /* AVX-512 and all that came with it */
      r[B] &= ~(1u << 16 | 1u << 17 | 1u << 21 | 1u << 26 | 1u << 27 | 1u << 28 | 1u << 30 | 1u << 31);
      r[C] &= ~(1u << 1 | 1u << 6 | 1u << 11 | 1u << 12 | 1u << 14);
    }
    r[D] &= ~(1u << 2 | 1u << 3 | 1u << 8 | 1u << 22 | 1u << 23 | 1u << 24 | 1u << 25); /* 16-bit floats, tiles */
  }
  if (leaf == 7 && sub > 0) memset(r, 0, 16);
  if (leaf == 0xd && sub == 0) r[A] &= processor->wide ? 0xe7 : 0x7; /* registers that are saved */
  if (leaf >= 0x14 && leaf < 0x40000000) memset(r, 0, 16);
  if (!amd) return;
  if (leaf == 0x80000000) { r[A] = 0x80000023; name_maker(r); }
  if (leaf == 0x80000001) r[C] |= 1u << 22; /* caches are told by leaf 0x8000001d */
  if (leaf == 0x80000005) { r[A] = r[B] = 0xff40ff40; r[C] = r[D] = l1_kb << 24 | 8 << 16 | 1 << 8 | 64; }
  if (leaf == 0x80000006) { r[C] = processor->l2_kb << 16 | 6 << 12 | 1 << 8 | 64; r[D] = 64u << 18 | 9 << 12 | 1 << 8 | 64; }
  if (leaf == 0x8000001d) describe_cache(sub, r);
}

static void handle_fault(int number, siginfo_t *info, void *context) {
  (void)info;
  greg_t *at = ((ucontext_t *)context)->uc_mcontext.gregs;
  const unsigned char *instruction = (const unsigned char *)at[REG_RIP];
  if (instruction[0] != 0x0f || instruction[1] != 0xa2) { signal(number, SIG_DFL); return; } /* a fault of its own */
  uint32_t r[4];
  let_cpuid_work(1);
  answer((uint32_t)at[REG_RAX], (uint32_t)at[REG_RCX], r);
  let_cpuid_work(0);
  at[REG_RAX] = r[A]; at[REG_RBX] = r[B]; at[REG_RCX] = r[C]; at[REG_RDX] = r[D];
  at[REG_RIP] += 2;
}

__attribute__((constructor)) static void start(void) {
  const char *name = getenv("OTHER_PROCESSOR");
  for (size_t i = 0; name && i < sizeof known / sizeof *known; i++)
    if (!strcmp(known[i].name, name)) processor = &known[i];
  struct sigaction action = {.sa_sigaction = handle_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
  if (!processor || sigaction(SIGSEGV, &action, NULL) || syscall(SYS_arch_prctl, ARCH_SET_CPUID, 0)) {
    fprintf(stderr, "error: OTHER_PROCESSOR is %s, or this processor's CPUID cannot be made to fault\n", name ? name : "not set");
    _exit(3);
  }
}
