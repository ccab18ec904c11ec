// A catalogue of one model and one offering, as text.
#ifndef ZOETROPE_TESTS_UNIT_CATALOGUE_SMALL_CATALOGUE_H_
#define ZOETROPE_TESTS_UNIT_CATALOGUE_SMALL_CATALOGUE_H_

namespace zoetrope {

inline constexpr char kSmall[] = R"(models:
  - id: m
    display_name: M
    vendor: V
    aliases: [other]
    lifecycle: {state: active}
    defaults: {duration: 4s, resolution: 720p, aspect_ratio: "16:9", audio: true}
    offerings:
      - id: m/text@x
        dialect: x
        provider_model_id: x/m
        mode: text_to_video
        durations: [4s, 8s]
        resolutions: [720p]
        aspect_ratios: ["16:9"]
        audio: always
        bindings:
          prompt: {path: prompt}
          duration: {path: seconds, encoding: seconds_string}
        constants: {a.flag: true, a.text: "8", a.number: 8, a.word: plain, a.code: 007}
        extras:
          - {name: level, type: integer, default: 3, minimum: 1, maximum: 5, description: How much.}
        prices:
          - {unit: second, amount: "0.123456789", source: "https://x.example/m", as_of_date: "2026-01-02"}
)";

}  // namespace zoetrope

#endif  // ZOETROPE_TESTS_UNIT_CATALOGUE_SMALL_CATALOGUE_H_
