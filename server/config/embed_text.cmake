# cmake -DINPUT=… -DOUTPUT=… -P embed_text.cmake: the text as a C++ source. A raw literal, so that no tool is needed.
file(READ "${INPUT}" text)
file(WRITE "${OUTPUT}" "#include \"server/config/sandbox.h\"

namespace zoetrope {

std::string_view SandboxConfigText() { return R\"zoetrope(${text})zoetrope\"; }

}  // namespace zoetrope
")
