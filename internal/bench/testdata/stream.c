#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static int order(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(void) {
    enum { runs = 7 };
    const size_t n = 1500000000 / sizeof(uint64_t);
    uint64_t *p = malloc(n * sizeof *p);
    if (!p) return 1;
    for (size_t i = 0; i < n; i++) p[i] = i * 2654435761u;
    double rate[runs];
    volatile uint64_t sink;
    for (int r = 0; r < runs; r++) {
        double began = now();
        uint64_t sum = 0;
        for (size_t i = 0; i < n; i++) sum += p[i];
        sink = sum;
        rate[r] = n * sizeof *p / (now() - began);
    }
    (void)sink;
    qsort(rate, runs, sizeof *rate, order);
    printf("%.0f\n", rate[runs / 2]);
    return 0;
}
